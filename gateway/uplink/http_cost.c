#include <math.h>
#include <string.h>

#include "../../protocols/cost.h"
#include "http_cost.h"

#define HEADS		185.0	/* request line, Host, User-Agent, of its content */
#define TOKEN		60.0	/* a token, or a user, is so long */
#define KEPT		118.0	/* s: libcurl takes no older connection */
#define PROBED		60.0	/* s of silence */

static double
heads(const struct http_conf *c, double path)
{
	double n = HEADS + path;

	if (given(c->token) != NULL || given(c->login.user) != NULL)
		n += TOKEN;
	for (size_t i = 0; i < c->headers.n; i++)
		n += (double)strlen(c->headers.at[i]) + 2;
	return n;
}

double
http_cost(const struct http_conf *c, double path, double body, double answer, double every)
{
	const struct cost_way way = { .carrier = COST_TCP,
	    .secure = strncmp(c->url, "https:", 6) == 0 };
	double bytes = cost_told(&way, heads(c, path) + body) + cost_told(&way, answer);

	bytes += cost_probes(every, PROBED) * cost_probe(&way);
	return every > KEPT ? bytes + cost_session(&way) : bytes;
}
