#include "command_line.h"

error_t
option_none(int key, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_usage(state);
	return 0;
}

error_t
option_one(int key, const char *arg, const char **one, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (*one != NULL)
			argp_usage(state);
		*one = arg;
		return 0;
	case ARGP_KEY_END:
		if (*one == NULL)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

error_t
option_asking(int key, char *arg, struct argp_state *state)
{
	struct asking *a = state->input;

	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case 'c':
		a->config = arg;
		return 0;
	case 's':
		a->socket = arg;
		return 0;
	default:
		return option_none(key, state);
	}
}
