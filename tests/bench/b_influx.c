/* b_influx			bytes and time that a value takes on its way into a request
 * b_influx poster PORT URL FOLDER SECONDS
 *	a bare client that does what the gateway does, without any of its cares: asks 50
 *	Modbus servers for 50 floats each second, prints them, flushes the file, and
 *	posts the lines.  For b_influx.py, which runs it beside the gateway. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/uplink/http.h"
#include "../../gateway/uplink/influx_conf.h"
#include "sink.h"
#include "stand.h"

#define MOMENTS		60
#define POINTS		7
#define TURNS		20
#define DEVICES		50	/* of the poster */
#define FLOATS		50

extern const struct uplink influx_uplink;

const struct series *
reader_series(struct reader *reader, uint32_t id)
{
	static struct series all[] = {
		{ .point = "level" }, { .point = "flow" }, { .point = "temperature" },
		{ .point = "turbidity" }, { .point = "ph" }, { .point = "oxygen" },
		{ .point = "conductivity" },
	};
	struct series *s = &all[id - 1];

	(void)reader;
	s->id = id;
	s->device = "river/one";
	s->unit = "mg/L";
	s->raw = "f32";
	return s;
}

static double
cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
count(struct sink *s, char *text, size_t n)
{
	(void)s, (void)text, (void)n;
}

static uint64_t	draws = 1;
static int64_t	at = 1795634991949, hundredths[POINTS];

/* A poll a second; each value wanders by up to a tenth, in steps of 0.01. */
static void
put_batch(void *far)
{
	for (int row = 0; row < MOMENTS; row++) {
		draws = draws * 6364136223846793005U + 1442695040888963407U;
		at += 960 + (int64_t)(draws >> 33) % 80;
		for (uint32_t p = 0; p < POINTS; p++) {
			struct entry e = { .kind = ENTRY_READING, .reading = { .series = p + 1,
			    .time = at, .value = { .kind = VALUE_F64 } } };

			draws = draws * 6364136223846793005U + 1442695040888963407U;
			hundredths[p] += (int64_t)(draws >> 33) % 21 - 10;
			e.reading.value.d = (double)(1000 + 100 * p + hundredths[p]) / 100;
			NEED(influx_uplink.put(far, &e, STREAM_LIVE) == PUT_TAKEN);
		}
	}
}

static double
measure(const char *folder, const char *url, struct sink *sink, int layout, int level)
{
	struct influx_conf own = { .http = { .url = url, .timeout = 10000000 },
	    .database = "d", .retention_policy = "",
	    .org = "", .bucket = "",
	    .measurement = "tidegate", .measurements = { "{measurement}", "", "", "" },
	    .field = "", .gzip = level, .layout = layout };
	const struct uplink_conf conf = { .name = "city", .batch = 2000,
	    .batch_bytes = 512 << 10, .own = &own };
	struct disk *disk = disk_folder(folder, false);
	const struct uplink_env env = { .conf = &conf, .gateway = "gw-0017", .disk = disk };
	void *far = calloc(1, influx_uplink.size);
	uint64_t before = sink->bytes, bodies = sink->bodies;
	char why[200] = "";
	double spent, each;

	NEED(influx_uplink.open(far, &env, why, sizeof(why)) == 0);
	spent = cpu();
	for (int i = 0; i < TURNS; i++) {
		put_batch(far);
		NEED(influx_uplink.send(far, why, sizeof(why)) == 0);
	}
	spent = cpu() - spent;
	each = (double)(sink->bytes - before) / (TURNS * MOMENTS * POINTS);
	printf("  layout %s, gzip %d: %6.2f bytes a value, %6.2f with the head of the request; "
	    "%.2f us\n", layout == LAYOUT_DEVICE ? "device" : "point ", level,
	    (double)(sink->bodies - bodies) / (TURNS * MOMENTS * POINTS), each, 1e6 * spent / (TURNS * MOMENTS * POINTS));
	influx_uplink.close(far);
	free(far);
	disk_close(disk);
	return each;
}

static int
measure_bytes(void)
{
	struct sink sink = { .take = count };
	struct stand stand;
	double own;
	char url[60];

	stand_make(&stand);
	sink_start(&sink);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", sink.port);
	printf("a request of %d moments of %d points, as HTTP sends it (by device, without a "
	    "level: <= 4):\n", MOMENTS, POINTS);
	for (int layout = LAYOUT_POINT; layout <= LAYOUT_DEVICE; layout++)
		for (int level = 0; level <= 9; level += level == 0 ? 1 : level == 1 ? 5 : 3)
			measure(stand.dir, url, &sink, layout, level);
	measure(stand.dir, url, &sink, LAYOUT_POINT, -1);
	own = measure(stand.dir, url, &sink, LAYOUT_DEVICE, -1);
	sink_stop(&sink);
	stand_remove(&stand);
	return own > 4;
}

static int
dial(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	NEED(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Asks one device and prints what it says, for the file and for the database. */
static size_t
poll_one(int fd, int device, FILE *file, char *text, size_t room)
{
	uint8_t ask[12] = { 0, 1, 0, 0, 0, 6, (uint8_t)(device + 1), 3, 0, 0, 0, 2 * FLOATS };
	uint8_t in[9 + 4 * FLOATS];
	int64_t now;
	size_t n = 0;

	NEED(send(fd, ask, sizeof(ask), 0) == sizeof(ask));
	NEED(recv(fd, in, sizeof(in), MSG_WAITALL) == sizeof(in));
	now = wall_us() / 1000;
	for (int i = 0; i < FLOATS; i++) {
		uint32_t bits;
		float f;

		memcpy(&bits, in + 9 + 4 * i, 4);
		bits = ntohl(bits);
		memcpy(&f, &bits, 4);
		fprintf(file, "%lld d%d p%d %.7g\n", (long long)now, device, i, (double)f);
		n += (size_t)snprintf(text + n, room - n, "bare,gateway=gw-0017,device=plant/%d,"
		    "point=p%d value=%.7g,quality=0i %lld\n", device, i, (double)f,
		    (long long)now);
	}
	return n;
}

static void
poster(uint16_t port, const char *url, const char *folder, int seconds)
{
	static char text[DEVICES * FLOATS * 120];
	struct http *http = http_new(NULL);
	struct http_request q = { .url = url, .type = "text/plain; charset=utf-8",
	    .timeout = 10000000, .body = text };
	struct http_reply reply;
	struct timespec next;
	char why[200] = "", path[200];
	int fds[DEVICES];
	FILE *file;

	snprintf(path, sizeof(path), "%s/bare.txt", folder);
	file = fopen(path, "w");
	NEED(file != NULL && http != NULL);
	for (int d = 0; d < DEVICES; d++)
		fds[d] = dial(port);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int s = 0; s < seconds; s++) {
		for (int d = 0; d < DEVICES; d++)
			q.len = (d == 0 ? 0 : q.len) + poll_one(fds[d], d, file,
			    text + (d == 0 ? 0 : q.len), sizeof(text) - (d == 0 ? 0 : q.len));
		fflush(file);
		NEED(fdatasync(fileno(file)) == 0);
		NEED(http_post(http, &q, &reply, why, sizeof(why)) == 0 && reply.status == 204);
		next.tv_sec++;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	printf("%d %.6f\n", seconds * DEVICES * FLOATS, cpu());
	http_free(http);
	fclose(file);
}

int
main(int argc, char **argv)
{
	if (argc != 6 || strcmp(argv[1], "poster") != 0)
		return measure_bytes();
	poster((uint16_t)atoi(argv[2]), argv[3], argv[4], atoi(argv[5]));
	return 0;
}
