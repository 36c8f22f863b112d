#include <string.h>

#include "reader.h"

static const char *
file_of(const struct place *at)
{
	return at->file != NULL ? at->file : "";
}

int
reader_no_memory(struct errs *errs, const struct place *at)
{
	return err_add(errs, file_of(at), at->line,
	    "the configuration is too large for the memory set aside for it");
}

int
reader_unknown(struct errs *errs, const struct place *at, const char *who, const char *what,
    const char *word, const char *const *names, size_t n)
{
	const char *near = near_name(word, names, n);

	if (near == NULL)
		return err_add(errs, file_of(at), at->line, "%s: %s \"%s\" is not known",
		    who, what, word);
	return err_add(errs, file_of(at), at->line,
	    "%s: %s \"%s\" is not known; did you mean \"%s\"?", who, what, word, near);
}

int
reader_numbers(const struct node *list, const char *who, const char *what,
    struct arena *arena, struct errs *errs, const double **at, size_t *n)
{
	struct place here = { node_file(list), node_line(list) };
	double *numbers;

	if (node_kind(list) != NODE_LIST)
		return err_add(errs, here.file, here.line,
		    "%s: %s is a list of numbers, such as (0, 14.5)", who, what);
	*n = node_len(list);
	numbers = arena_alloc(arena, (*n + 1) * sizeof(*numbers));
	if (numbers == NULL)
		return reader_no_memory(errs, &here);
	for (size_t i = 0; i < *n; i++) {
		enum node_kind kind = node_kind(node_at(list, i));

		if (kind != NODE_INT && kind != NODE_REAL)
			return err_add(errs, here.file, here.line,
			    "%s: %s holds something that is not a number", who, what);
		numbers[i] = node_real(node_at(list, i));
	}
	*at = numbers;
	return 0;
}

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

	return c != '\0' && p != NULL ? (int)(p - digits) : -1;
}

int
reader_hex(const char *hex, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high, low;

		hex += strspn(hex, " ");
		if ((high = digit(hex[0])) < 0 || (low = digit(hex[1])) < 0)
			return -1;
		bytes[i] = (uint8_t)(high << 4 | low);
		hex += 2;
	}
	return hex[strspn(hex, " ")] == '\0' ? 0 : -1;
}
