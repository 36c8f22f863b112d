#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "json_find.h"
#include "number.h"

#define STEP_MAX	64	/* bytes of one name in a path */

struct json_t *
json_answer(const void *text, size_t n)
{
	return json_loadb(text, n, 0, NULL);
}

void
json_answer_end(struct json_t *answer)
{
	if (answer != NULL)
		json_decref(answer);
}

static size_t
index_of(const char *step)
{
	size_t n = *step != '\0' ? 0 : SIZE_MAX;

	for (; *step >= '0' && *step <= '9' && n < 1000000; step++)
		n = n * 10 + (size_t)(*step - '0');
	return *step == '\0' ? n : SIZE_MAX;
}

static const json_t *
at_path(const json_t *node, const char *path)
{
	while (node != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");
		char step[STEP_MAX];

		if (n >= sizeof(step))
			return NULL;
		memcpy(step, path, n);
		step[n] = '\0';
		node = json_is_array(node) ? json_array_get(node, index_of(step)) :
		    json_object_get(node, step);
		path += n + (path[n] == '.');
	}
	return node;
}

bool
json_find(const struct json_t *answer, const char *path, char *out, size_t room)
{
	const json_t *node = at_path(answer, path);
	char text[NUMBER_TEXT];

	out[0] = '\0';
	if (node == NULL || json_is_null(node) || json_is_false(node))
		return false;
	if (json_is_string(node))
		snprintf(out, room, "%s", json_string_value(node));
	else if (json_is_integer(node))
		snprintf(out, room, "%.*s", (int)number_int(json_integer_value(node), text), text);
	else if (json_is_real(node))
		snprintf(out, room, "%.*s", (int)number_real(json_real_value(node), text), text);
	else if (json_is_true(node))
		snprintf(out, room, "true");
	return true;
}
