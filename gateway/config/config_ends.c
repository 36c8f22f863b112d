#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "config_read.h"

/* One place has many names: each link gets one spelling of where it leads.  Nothing
 * is asked of the network, so that a name which only a name server knows stays one
 * of its own. */

#define HOSTS		"/etc/hosts"
#define LOOPBACK	"loopback"	/* whatever this box calls itself within */
#define END_BYTES	(PATH_MAX + 64)

/* What stands in the file of hosts; those of one line have one address. */
struct hosts {
	char	*text;		/* words, each ended by a NUL, lines by one more */
	size_t	 n;
};

static bool
is_loopback(const struct sockaddr *a)
{
	const struct sockaddr_in6 *six = (const void *)a;
	const struct sockaddr_in *four = (const void *)a;
	const uint8_t *at;
	static const uint8_t none[4];

	if (a->sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
		    IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr);
	at = a->sa_family == AF_INET6 ? six->sin6_addr.s6_addr + 12 :
	    (const uint8_t *)&four->sin_addr;
	return at[0] == 127 || memcmp(at, none, 4) == 0;
}

/* Of a number in any spelling.  False: it is none. */
static bool
write_address(const char *word, char *to, size_t n)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	const struct sockaddr_in6 *six;
	struct addrinfo *info;

	if (getaddrinfo(word, NULL, &hints, &info) != 0)
		return false;
	six = (const void *)info->ai_addr;
	if (is_loopback(info->ai_addr))
		snprintf(to, n, "%s", LOOPBACK);
	else if (info->ai_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, to, (socklen_t)n);
	else if (getnameinfo(info->ai_addr, info->ai_addrlen, to, (socklen_t)n, NULL, 0,
	    NI_NUMERICHOST) != 0)
		snprintf(to, n, "%s", word);
	freeaddrinfo(info);
	return true;
}

/* Names have no case, and may end in the dot of the root. */
static bool
same_name(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n > 0 && a[n - 1] == '.';
	m -= m > 0 && b[m - 1] == '.';
	return n == m && strncasecmp(a, b, n) == 0;
}

/* The address of the first line with that name; NULL: there is none. */
static const char *
hosts_find(const struct hosts *h, const char *name)
{
	const char *end = h->text + h->n, *address = NULL;

	for (const char *at = h->text; at < end; at += strlen(at) + 1) {
		if (*at == '\0')
			address = NULL;		/* a new line */
		else if (address == NULL)
			address = at;
		else if (same_name(at, name))
			return address;
	}
	return NULL;
}

static int
hosts_line(struct hosts *h, char *line)
{
	char *save = NULL, *word;
	char *more = realloc(h->text, h->n + strlen(line) + 2);

	if (more == NULL)
		return -1;
	h->text = more;
	line[strcspn(line, "#\n")] = '\0';
	for (word = strtok_r(line, " \t\r", &save); word != NULL;
	    word = strtok_r(NULL, " \t\r", &save)) {
		size_t n = strlen(word) + 1;

		memcpy(h->text + h->n, word, n);
		h->n += n;
	}
	h->text[h->n++] = '\0';
	return 0;
}

/* Without the file there are no such names. */
static int
hosts_read(struct hosts *h)
{
	FILE *file = fopen(HOSTS, "re");
	char *line = NULL;
	size_t room = 0;
	int rc = 0;

	*h = (struct hosts){ .text = NULL };
	while (file != NULL && rc == 0 && getline(&line, &room, file) >= 0)
		rc = hosts_line(h, line);
	free(line);
	if (file != NULL)
		fclose(file);
	return rc;
}

static void
write_host(const struct hosts *hosts, const char *host, char *to, size_t n)
{
	const char *address;
	size_t len;

	if (write_address(host, to, n))
		return;
	address = hosts_find(hosts, host);
	if (address != NULL && write_address(address, to, n))
		return;
	if (same_name(host, "localhost")) {
		snprintf(to, n, "%s", LOOPBACK);
		return;
	}
	len = strlen(host);
	len -= len > 0 && host[len - 1] == '.';
	snprintf(to, n, "%.*s", (int)len, host);
	for (char *c = to; *c != '\0'; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
}

/* A device file by its numbers; one that is not there by what its path says. */
static void
write_path(const char *path, char *to, size_t n)
{
	char real[PATH_MAX];
	struct stat st;
	size_t used = 0;

	if (stat(path, &st) == 0 && S_ISCHR(st.st_mode)) {
		snprintf(to, n, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
		return;
	}
	if (realpath(path, real) != NULL) {
		snprintf(to, n, "%s", real);
		return;
	}
	for (const char *p = path; *p != '\0' && used + 1 < n; ) {
		if (p[0] == '/' && p[1] == '/')
			p++;
		else if (p[0] == '/' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
			p += 2;
		else
			to[used++] = *p++;
	}
	to[used] = '\0';
}

static void
write_end(const struct hosts *hosts, const struct link_conf *l, char to[END_BYTES])
{
	const char *kind = l->name != NULL ? link_kind_at((size_t)l->kind)->name : "";
	char place[END_BYTES - 60];

	if (l->name == NULL) {		/* what is wrong with it was told */
		to[0] = '\0';
	} else if (l->host != NULL) {
		write_host(hosts, l->host, place, sizeof(place));
		snprintf(to, END_BYTES, "%s %s %lld", kind, place, (long long)l->port);
	} else if (l->path != NULL) {
		write_path(l->path, place, sizeof(place));
		snprintf(to, END_BYTES, "%s %s", kind, place);
	} else {
		snprintf(to, END_BYTES, "%s %s %s", kind, l->listener != NULL ? l->listener :
		    l->receiver != NULL ? l->receiver : l->uri != NULL ? l->uri : "",
		    l->identity != NULL ? l->identity : "");
	}
}

static int
compare(const void *a, const void *b)
{
	const struct link_conf *x = *(struct link_conf *const *)a;
	const struct link_conf *y = *(struct link_conf *const *)b;
	int order = strcmp(x->end, y->end);

	return order != 0 ? order : (x > y) - (x < y);
}

/* The second of two entries of one serial line would never get it open. */
static int
check_lines(struct config_reader *r)
{
	struct config *c = r->config;
	struct link_conf **sorted = arena_alloc(r->arena, (c->nlinks + 1) * sizeof(*sorted));
	size_t first = 0;
	int rc = 0;

	if (sorted == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < c->nlinks; i++)
		sorted[i] = &c->links[i];
	qsort(sorted, c->nlinks, sizeof(*sorted), compare);
	for (size_t i = 1; i < c->nlinks; i++) {
		const struct link_conf *l = sorted[i];

		if (strcmp(sorted[first]->end, l->end) != 0)
			first = i;
		else if (l->name != NULL && l->path != NULL &&
		    strcmp(link_kind_at((size_t)l->kind)->name, "serial") == 0)
			rc = err_add(r->errs, l->place.file, l->place.line,
			    "%s: %s is the line of link \"%s\" already; a line is opened once",
			    l->name, l->path, sorted[first]->name);
	}
	return rc;
}

int
config_ends(struct config_reader *r)
{
	struct config *c = r->config;
	char end[END_BYTES];
	struct hosts hosts;
	int rc = hosts_read(&hosts);

	for (size_t i = 0; i < c->nlinks && rc == 0; i++) {
		write_end(&hosts, &c->links[i], end);
		c->links[i].end = arena_text(r->arena, end, strlen(end));
		rc = c->links[i].end != NULL ? 0 : -1;
	}
	free(hosts.text);
	return rc == 0 ? check_lines(r) : config_no_memory(r);
}
