#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share.h"
#include "text.h"

#define DOMAIN	"tidegate"
/* Always there; any name but "C" makes gettext look at LANGUAGE. */
#define NEUTRAL	"C.UTF-8"

static const char *
asked_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((value = getenv(names[i])) != NULL && value[0] != '\0')
			return value;
	return "";
}

static bool
plain(const char *locale)
{
	return strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0;
}

/* The locale is not installed, or none is set but a language is.  An asked-for
 * "C" is left alone: that is how scripts say English. */
static bool
needs_neutral(const char *asked)
{
	const char *language = getenv("LANGUAGE");

	if (plain(asked))
		return false;
	if (asked[0] == '\0')
		return language != NULL && language[0] != '\0';
	return setlocale(LC_MESSAGES, "") == NULL;
}

static void
open_neutral(const char *asked)
{
	const char *language = getenv("LANGUAGE");

	if (setlocale(LC_MESSAGES, NEUTRAL) == NULL)
		return;
	setlocale(LC_CTYPE, NEUTRAL);
	if (language == NULL || language[0] == '\0')
		setenv("LANGUAGE", asked, 1);
}

/* Only messages and characters follow the locale: a decimal comma would break
 * every number that is read or written. */
void
text_open(void)
{
	const char *asked = asked_locale();
	char folder[PATH_MAX];

	setlocale(LC_CTYPE, "");
	if (needs_neutral(asked))
		open_neutral(asked);
	else
		setlocale(LC_MESSAGES, "");
	textdomain(DOMAIN);
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	if (share_locale(folder, sizeof(folder)) != NULL)
		bindtextdomain(DOMAIN, folder);
	/* argp counts bytes, and breaks lines at blanks: help.c does it instead */
	if (text_chinese())
		setenv("ARGP_HELP_FMT", "rmargin=4000", 0);
}

bool
text_chinese(void)
{
	/* TRANSLATORS: the code of your language */
	return strcmp(_("en"), "zh") == 0;
}

const char *
text_error(int error)
{
	const char *english = strerrordesc_np(error);

	return english != NULL ? _(english) : _("unknown error");
}

const char *
text_words(const char *words, char *buf, size_t n)
{
	size_t at = 0;

	for (buf[0] = '\0'; *words != '\0' && at < n;) {
		char word[40];
		size_t len = strcspn(words, ",");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		at += (size_t)snprintf(buf + at, n - at, "%s%s", at > 0 ? "," : "",
		    word[0] != '\0' ? _(word) : "");
		words += len + (words[len] == ',');
	}
	return buf;
}

int
text_width(const char *s)
{
	int w = 0;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c & 0xc0) != 0x80)
			w += c >= 0xe3 && c <= 0xef ? 2 : 1;
	}
	return w;
}
