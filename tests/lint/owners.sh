#!/bin/sh
# owners.sh ROOT: each third-party header has one owning file (one a part).
cd "${1:-.}" || exit 2
owners="
libconfig.h conf/tree.c
modbus/modbus.h gateway/link/serial.c gateway/uplink/modbus_server.c gateway/sim/instrument.c
gpiod.h gateway/link/gpio_chip.c
systemd/sd-bus.h gateway/field/system_bus.c
microhttpd.h gateway/door/http_lib.h
coap3/coap.h gateway/door/coap_lib.h
curl/curl.h gateway/uplink/curl_lib.h
mosquitto.h gateway/uplink/mqtt_lib.h
openssl/ssl.h gateway/door/tls_lib.h
openssl/ gateway/crypt_lib.h gateway/door/tls.c
md5.h gateway/crypt.c
sha2.h gateway/crypt.c
zlib.h gateway/uplink/http.c
mqtt_protocol.h gateway/uplink/mqtt_lib.h
jansson.h protocols/senml.c protocols/order.c protocols/json_find.c protocols/cloud.c
cbor.h protocols/senml_cbor.c
libintl.h gateway/main.c gateway/text.h
sqlite3.h gateway/words/export_sqlite.c
"
bad=0
hits=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<(libconfig|modbus|curl|mosquitto|mqtt_protocol|openssl|zlib|jansson|libintl|coap|cbor|microhttpd|gpiod|sqlite3)' \
	conf protocols devices rules gateway 2>/dev/null)
[ -z "$hits" ] && exit 0
printf '%s\n' "$hits" | while IFS= read -r hit; do
	file=${hit%%:*}
	inc=$(printf '%s' "$hit" | sed 's/.*<\([^>]*\)>.*/\1/')
	printf '%s\n' "$owners" | awk -v inc="$inc" -v file="$file" '
		NF > 1 && index(inc, $1) == 1 { for (i = 2; i <= NF; i++) if ($i == file) ok = 1 }
		END { exit !ok }' || { echo "$hit: not an owner of this header"; echo breach; }
done | { out=$(cat); printf '%s\n' "$out" | grep -v '^breach$'; case $out in *breach*) exit 1 ;; esac; exit 0; }
