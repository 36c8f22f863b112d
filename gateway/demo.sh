#!/bin/bash
# demo.sh PROGRAM OPTION...: the demonstration with mosquitto and influxd beside it
# where they are installed, on free ports of loopback; both end with it.
program=$1; shift
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
work=$(mktemp -d "${TMPDIR:-/tmp}/tidegate-beside-XXXXXX")
broker= database= demo= stopped=
end() {
	for pid in $broker $database; do kill "$pid" 2>/dev/null; done
	for pid in $broker $database; do wait "$pid" 2>/dev/null; done
	rm -rf "$work"
}
trap end EXIT
# Ctrl-C reaches the demonstration too, which ends in order; then we do.
trap 'stopped=130' INT
trap 'stopped=143; [ -z "$demo" ] || kill -TERM "$demo"' TERM HUP

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
	port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
	while listens $port; do port=$((port + 1)); done
}
# beside NAME COMMAND...: in the background, out of reach of the terminal's Ctrl-C
beside() {
	local name=$1; shift
	setsid "$@" >"$work/$name.log" 2>&1 </dev/null &
	pid=$!
}
# up PID PORT: false when it has ended, or does not come
up() {
	for _ in $(seq 300); do
		kill -0 "$1" 2>/dev/null && [ -z "$stopped" ] || return 1
		listens "$2" && return
		sleep 0.1
	done
	return 1
}
start_broker() {
	free_port; mqtt=$port
	printf 'listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n' "$mqtt" >"$work/mosquitto.conf"
	[ "$(id -u)" != 0 ] || echo 'user root' >>"$work/mosquitto.conf"
	beside mosquitto mosquitto -c "$work/mosquitto.conf"; broker=$pid
	up "$broker" "$mqtt"
}
start_database() {
	free_port; influx=$port; free_port
	cat >"$work/influxdb.conf" <<CONF
reporting-disabled = true
bind-address = "127.0.0.1:$port"
[meta]
  dir = "$work/influx/meta"
[data]
  dir = "$work/influx/data"
  wal-dir = "$work/influx/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:$influx"
  log-enabled = false
CONF
	beside influxd influxd -config "$work/influxdb.conf"; database=$pid
	up "$database" "$influx" && create_database
}
create_database() {
	local answer
	exec 3<>"/dev/tcp/127.0.0.1/$influx" || return 1
	printf 'POST /query?q=CREATE+DATABASE+demo HTTP/1.0\r\nContent-Length: 0\r\n\r\n' >&3
	read -r -t 20 answer <&3
	exec 3>&-
	[[ $answer == *" 200 "* ]]
}
# started NAME START: what does not come up is told, and done without
started() {
	command -v "$1" >/dev/null || return 1
	"$2" && return
	[ -z "$stopped" ] || exit $stopped
	echo "make run: $1 does not start: $(tail -n 1 "$work/$1.log")" >&2
	return 1
}
started mosquitto start_broker && set -- --mqtt "$mqtt" "$@"
started influxd start_database && set -- --influx "$influx" "$@"
"$program" demo "$@" &
demo=$!
wait "$demo"; rc=$?
# A signal ends the first wait, and not yet the demonstration.
while kill -0 "$demo" 2>/dev/null; do wait "$demo"; rc=$?; done
exit $rc
