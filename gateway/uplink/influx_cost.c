#include <stdlib.h>
#include <string.h>

#include "../../devices/point.h"
#include "../room.h"
#include "http.h"
#include "http_cost.h"
#include "influx_cost.h"
#include "influx_head.h"
#include "influx_target.h"

#define ANSWER		265.0	/* 204 with the heads of InfluxDB */
#define TIME		1790000000000LL

/* A batch that is written for its length alone. */
struct weighing {
	struct influx_writer	 w;
	struct uplink_env	 env;
	struct buf		 out;
	size_t			 values;
	size_t			 k;		/* figures so far */
};

static struct influx_words
words_of(const struct weighing *x, const struct cargo_value *v)
{
	struct influx_words words = x->w.words;

	words.device = v->device;
	words.point = v->point->name;
	words.unit = point_unit_name(v->point);
	return words;
}

static void
put_figure(struct weighing *x, struct line_writer *line, const char *key,
    const struct cargo_value *v)
{
	struct value figure = cargo_figure(v->point, x->k++);
	double d = 0;

	if (figure.kind == VALUE_F32)
		line_real32(line, key, figure.f);
	else
		line_real(line, key, value_number(&figure, &d) ? d : 0);
}

static void
begin(struct weighing *x, struct line_writer *line, const char *template,
    const struct influx_words *words)
{
	static const char *const none[] = { NULL };
	char name[INFLUX_NAME_MAX];

	head_name(&x->w, name, template, words);
	line_begin(line, &x->out, name);
	head_tags(&x->w, line, words, none);
}

static void
put_statistic(struct weighing *x, const struct cargo_value *v)
{
	const struct influx_words words = words_of(x, v);
	struct line_writer line;

	begin(x, &line, x->w.conf->measurements.statistic, &words);
	line_tag(&line, "interval", "10min");
	for (int i = 0; i < 3; i++)
		put_figure(x, &line, (const char *const[]){ "mean", "min", "max" }[i], v);
	line_int(&line, "samples", 20);
	line_real(&line, "valid", 1);
	line_string(&line, "mark", "N");
	x->values += line_end(&line, TIME) == LINE_WRITTEN;
}

static void
put_point(struct weighing *x, const struct cargo_value *v, int64_t time)
{
	const struct influx_words words = words_of(x, v);
	char field[INFLUX_NAME_MAX];
	struct line_writer line;

	begin(x, &line, x->w.conf->measurements.reading, &words);
	if (!map_write(field, map_field(x->w.conf), &words))
		strcpy(field, "value");
	put_figure(x, &line, field, v);
	line_int(&line, "quality", 0);
	x->values += line_end(&line, time) == LINE_WRITTEN;
}

/* One line for all of a moment. */
static void
put_device(struct weighing *x, const struct cargo_scan *s, int64_t time)
{
	struct influx_words words = words_of(x, &s->values[0]);
	char field[INFLUX_NAME_MAX];
	struct line_writer line;

	words.point = words.unit = "";
	begin(x, &line, x->w.conf->measurements.reading, &words);
	for (size_t i = 0; i < s->n; i++) {
		words.point = s->values[i].point->name;
		if (map_write(field, map_field(x->w.conf), &words))
			put_figure(x, &line, field, &s->values[i]);
	}
	if (line_end(&line, time) == LINE_WRITTEN)
		x->values += s->n;
}

static void
put_scan(struct weighing *x, const struct cargo_scan *s, int64_t time)
{
	if (s->n == 0)
		return;
	if (!s->statistic && x->w.conf->layout == LAYOUT_DEVICE) {
		put_device(x, s, time);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->statistic)
			put_statistic(x, &s->values[i]);
		else
			put_point(x, &s->values[i], time);
}

static void
fill(struct weighing *x, const struct cargo *c)
{
	const struct influx_measurements *m = &x->w.conf->measurements;

	for (size_t i = 0; i < c->n && !x->out.bad; i++) {
		const struct cargo_scan *s = &c->scans[i];

		if ((s->statistic ? m->statistic : m->reading)[0] == '\0')
			continue;
		for (size_t k = 0; k < cargo_times(s); k++)
			put_scan(x, s, TIME + (int64_t)k * 1013 + (int64_t)i * 337);
	}
}

double
influx_cost(const struct uplink_conf *u, const struct cargo *c)
{
	const struct influx_conf *conf = influx_conf_of(u);
	struct weighing x = { .env = { .conf = u, .gateway = c->gateway },
	    .out = { .cap = (size_t)u->batch_bytes } };
	int level = influx_gzip(conf);
	double body = 0;

	x.out.at = room_for(1, x.out.cap);
	influx_writer_open(&x.w, &x.env);
	fill(&x, c);
	if (x.values > 0) {
		size_t n = level > 0 ? http_packed(x.out.at, x.out.len, level) : x.out.len;

		body = (double)n * cargo_values(c) / (double)x.values;
	}
	influx_writer_close(&x.w);
	free(x.out.at);
	return http_cost(&conf->http,
	    (double)(strlen(conf->http.url) + strlen(conf->database) + 24), body, ANSWER, c->every);
}
