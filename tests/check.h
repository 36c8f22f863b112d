#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* A case is a function; it is named as it begins and counted when it ends. */
#define CHECK(x) do { if (!(x)) { \
	fflush(stdout); \
	fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); exit(1); } \
	} while (0)

#define RUN(f) do { f(); printf("ok %s\n", #f); fflush(stdout); } while (0)

#endif
