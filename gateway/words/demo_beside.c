#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../text.h"
#include "demo_beside.h"

#define PORT_MAX	65535

bool
demo_beside_port(const char *text, unsigned *port)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n == 0 || n > PORT_MAX)
		return false;
	*port = (unsigned)n;
	return true;
}

void
demo_beside_uplinks(const struct demo_beside *b, char *text, size_t n)
{
	size_t at = 0;

	text[0] = '\0';
	if (b->mqtt != 0)
		at = (size_t)snprintf(text, n, ",\n  { name = \"broker\"; kind = \"mqtt\"; "
		    "brokers = (\"mqtt://127.0.0.1:%u\"); }", b->mqtt);
	if (b->influx != 0 && at < n)
		snprintf(text + at, n - at, ",\n  { name = \"database\"; kind = \"influx\"; "
		    "url = \"http://127.0.0.1:%u\"; database = \"demo\"; }", b->influx);
}

/* Is it where a shell would find it? */
static bool
installed(const char *program)
{
	const char *path = getenv("PATH");
	char dirs[2048], file[2100], *save = NULL;

	snprintf(dirs, sizeof(dirs), "%s", path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
	for (char *d = strtok_r(dirs, ":", &save); d != NULL; d = strtok_r(NULL, ":", &save)) {
		snprintf(file, sizeof(file), "%s/%s", d, program);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* In lines of 80 columns, that can be copied into a shell. */
void
demo_beside_look(const struct demo_beside *b, char *text, size_t n)
{
	size_t at;

	if (b->mqtt != 0)
		at = (size_t)snprintf(text, n, "MQTT:     mosquitto_sub -p %u -v -t '#'%s\n",
		    b->mqtt, installed("mosquitto_sub") ? "" :
		    "   (apt install mosquitto-clients)");
	else
		at = (size_t)snprintf(text, n, "%s\n", _("MQTT:     make run starts a broker "
		    "too after: sudo apt install mosquitto mosquitto-clients"));
	if (at >= n)
		return;
	if (b->influx == 0)
		snprintf(text + at, n - at, "%s\n", _("InfluxDB: make run starts a database "
		    "too after: sudo apt install influxdb influxdb-client"));
	else if (installed("influx"))
		snprintf(text + at, n - at, "InfluxDB: influx -port %u -database demo "
		    "-execute \\\n  'select last(value) from tidegate group by device, point'\n",
		    b->influx);
	else
		snprintf(text + at, n - at, "InfluxDB: curl -G 127.0.0.1:%u/query -d db=demo "
		    "-d pretty=true \\\n  --data-urlencode 'q=select last(value) from tidegate "
		    "group by device,point'\n", b->influx);
}
