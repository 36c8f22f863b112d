#include <math.h>
#include <string.h>

#include "reader.h"

int
reader_no_memory(struct errs *errs, const struct place *at)
{
	return err_add(errs, at->file, at->line,
	    "the configuration is too large for the memory set aside for it");
}

int
reader_unknown_near(struct errs *errs, const struct place *at, const char *who,
    const char *what, const char *word, const char *near)
{
	return err_add(errs, at->file, at->line, near != NULL ?
	    ERR_("%s: %s \"%s\" is not known; did you mean \"%s\"?") :
	    ERR_("%s: %s \"%s\" is not known"), who, what, word, near);
}

int
reader_unknown(struct errs *errs, const struct place *at, const char *who, const char *what,
    const char *word, const char *const *names, size_t n)
{
	return reader_unknown_near(errs, at, who, what, word, near_name(word, names, n));
}

int
reader_unknown_point(struct errs *errs, const struct place *at, const char *who,
    const struct profile *profile, const char *word)
{
	return reader_unknown_near(errs, at, who, "point", word,
	    profile_near(profile, word));
}

static bool
is_number(const struct node *node)
{
	return node_kind(node) == NODE_INT || node_kind(node) == NODE_REAL;
}

int
reader_numbers(const struct node *list, const char *who, const char *what,
    struct arena *arena, struct errs *errs, const double **at, size_t *n)
{
	struct place here = { node_file(list), node_line(list) };
	double *numbers;

	if (is_number(list)) {
		numbers = arena_alloc(arena, sizeof(*numbers));
		if (numbers == NULL)
			return reader_no_memory(errs, &here);
		*numbers = node_real(list);
		*at = numbers;
		*n = 1;
		return 0;
	}
	if (node_kind(list) != NODE_LIST)
		return err_add(errs, here.file, here.line,
		    "%s: %s is a list of numbers, such as (0, 14.5)", who, what);
	*n = node_len(list);
	numbers = arena_alloc(arena, (*n + 1) * sizeof(*numbers));
	if (numbers == NULL)
		return reader_no_memory(errs, &here);
	for (size_t i = 0; i < *n; i++) {
		if (!is_number(node_at(list, i)))
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

bool
reader_is_bits(const double *numbers, size_t n)
{
	return n == 2 && numbers[0] >= 0 && numbers[0] <= 15 && numbers[1] >= 1 &&
	    numbers[0] + numbers[1] <= 16 && trunc(numbers[0]) == numbers[0] &&
	    trunc(numbers[1]) == numbers[1];
}
