#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control.h"
#include "reach.h"
#include "text.h"

const char *
reach_advice(int error, const char *config, char buf[REACH_MAX])
{
	switch (error) {
	case EACCES:
	case EPERM:
		return _("Only members of the socket's group may ask.");
	case ETIMEDOUT:
	case EAGAIN:			/* nobody took the call */
		return _("The gateway runs, but does not answer.");
	case EPIPE:
	case ECONNRESET:
		snprintf(buf, REACH_MAX, _("The gateway runs, but hung up: is it busy with %d "
		    "others?"), CLIENTS_MAX);
		return buf;
	case ENOENT:
	case ECONNREFUSED:
		snprintf(buf, REACH_MAX, config == NULL ? _("No gateway runs here.") :
		    _("No gateway runs here; start it with: tidegate run -c %s"), config);
		return buf;
	default:
		return NULL;
	}
}

int
reach_failed(const char *who, const char *socket, const char *config)
{
	int error = errno;
	char buf[REACH_MAX];
	const char *advice = reach_advice(error, config, buf);

	fprintf(stderr, _("%s: %s: %s\n"), who, socket, text_error(error));
	if (advice != NULL)
		fprintf(stderr, "%s\n", advice);
	return EXIT_FAILURE;
}
