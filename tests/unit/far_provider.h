#ifndef TESTS_FAR_PROVIDER_H
#define TESTS_FAR_PROVIDER_H

#include "../../gateway/tell/replies.h"
#include "../../gateway/tell/way.h"

/* A way of one kind, loaded from settings as in a file, before providers.py. */
struct far_provider {
	char			 folder[64];
	char			 url[64];	/* http://127.0.0.1:PORT */
	int			 mail, mqtt;	/* ports for SMTP and MQTT */
	int			 input, pid;
	const struct way_kind	*kind;
	struct way_conf		 conf;
	struct way_env		 env;
	struct replies		 replies;
	void			*state;
	struct arena		 arena;
	struct tree		*tree;
	char			 errors[4096];	/* of the last settings */
};

void		 far_provider_start(struct far_provider *);
void		 far_provider_stop(struct far_provider *);
/* A file of the folder: "mode" and so on. */
void		 far_provider_set(struct far_provider *, const char *name, const char *text);
/* What the last request was; the text lives till the next call. */
const char	*far_provider_last(struct far_provider *);
/* Loads and checks the settings; "URL", "MAILPORT" and "MQTTPORT" in them are
 * replaced, "SECRET" is a file with the secret.  -1: errors has them, one a line. */
int		 far_provider_load(struct far_provider *, const char *kind, const char *settings);
/* Loads and opens. */
void		 far_provider_open(struct far_provider *, const char *kind, const char *settings);
void		 far_provider_close(struct far_provider *);
struct way_result	far_provider_send(struct far_provider *, const struct notice *);
struct way_result	far_provider_receipt(struct far_provider *, const struct notice *,
			    const char *provider);

#endif
