#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../protocols/json.h"
#include "../clock.h"
#include "../door/coap_lib.h"
#include "../log.h"
#include "demo_caller.h"
#include "demo_coap.h"

#define BETWEEN		(2 * US_PER_S)	/* two messages */
#define ANSWER_WITHIN	(10 * US_PER_S)	/* then it begins anew */
#define TURN		200		/* ms */

struct sender {
	const struct demo_coap	*to;
	coap_context_t		*context;
	coap_session_t		*session;	/* NULL: to be made */
	bool			 lost;		/* it is of no more use */
	int64_t			 due;		/* mono us: the next message */
	int64_t			 until;		/* an answer is awaited; 0: none is */
	unsigned		 n;
};

int
demo_coap_open(struct demo_coap *c, const char *key_file)
{
	FILE *file;

	c->port = demo_caller_port(SOCK_DGRAM);
	if (c->port == 0 || getrandom(c->key, sizeof(c->key), 0) != sizeof(c->key) ||
	    (file = fopen(key_file, "wex")) == NULL)
		return -1;
	fchmod(fileno(file), 0600);
	fputs("0x", file);
	for (size_t i = 0; i < sizeof(c->key); i++)
		fprintf(file, "%02x", c->key[i]);
	return fclose(file);
}

static coap_response_t
answered(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *pdu,
    const coap_mid_t mid)
{
	struct sender *s = coap_lib.session_get_app_data(session);
	int code = coap_lib.pdu_get_code(pdu);

	(void)sent;
	(void)mid;
	if (code != COAP_RESPONSE_CODE(204))
		log_debug("coap: answered %d.%02d", code >> 5, code & 31);
	s->until = 0;
	return COAP_RESPONSE_OK;
}

static void
lost(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
    const coap_mid_t mid)
{
	struct sender *s = coap_lib.session_get_app_data(session);

	(void)sent;
	(void)reason;
	(void)mid;
	if (s != NULL)
		s->lost = true;
}

static bool
begin(struct sender *s)
{
	coap_dtls_cpsk_t psk = { .version = COAP_DTLS_CPSK_SETUP_VERSION };
	coap_address_t at;

	psk.psk_info.identity = (coap_bin_const_t){ .s = (const uint8_t *)DEMO_COAP_IDENTITY,
	    .length = strlen(DEMO_COAP_IDENTITY) };
	psk.psk_info.key = (coap_bin_const_t){ .s = s->to->key, .length = DEMO_COAP_KEY };
	coap_lib.address_init(&at);
	at.size = sizeof(at.addr.sin);
	at.addr.sin = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)s->to->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	s->lost = false;
	s->until = 0;
	s->session = coap_lib.new_client_session_psk2(s->context, NULL, &at, COAP_PROTO_DTLS,
	    &psk);
	if (s->session != NULL)
		coap_lib.session_set_app_data(s->session, s);
	return s->session != NULL;
}

static void
end(struct sender *s)
{
	if (s->session != NULL)
		coap_lib_leave(s->session);
	s->session = NULL;
}

static void
value(struct json *j, const char *base, const char *name, double v)
{
	json_put_object(j);
	if (base != NULL) {
		json_key(j, "bn");
		json_put_string(j, base);
	}
	json_key(j, "n");
	json_put_string(j, name);
	json_key(j, "v");
	json_put_real(j, v);
	json_close(j);
}

/* What it measures, as SenML: the store warms up while its door is open. */
static size_t
pack(unsigned n, uint8_t *bytes, size_t room)
{
	struct buf to = { .at = bytes, .cap = room };
	double open = (double)(n % 12) / 12;
	struct json j;

	json_begin(&j, &to);
	json_put_array(&j);
	value(&j, "/3303/0/", "5700", 18.5 + 2 * open);
	value(&j, "/3304/0/", "5700", 61 - 4 * open);
	value(&j, "/3/0/", "9", 87);
	value(&j, "/4/0/", "2", -93 + (double)(n % 3));
	json_close(&j);
	return json_end(&j) ? to.len : 0;
}

/* Options in the order of their numbers: Uri-Path 11, Content-Format 12. */
static bool
post(struct sender *s)
{
	coap_pdu_t *pdu = coap_lib.pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST,
	    coap_lib.new_message_id(s->session), coap_lib.session_max_pdu_size(s->session));
	const uint8_t token[] = { (uint8_t)s->n };
	uint8_t bytes[400], format[4];
	size_t n = pack(s->n, bytes, sizeof(bytes));

	if (pdu == NULL)
		return false;
	coap_lib.add_token(pdu, sizeof(token), token);
	coap_lib.add_option(pdu, COAP_OPTION_URI_PATH, 2, (const uint8_t *)"dp");
	coap_lib.add_option(pdu, COAP_OPTION_CONTENT_FORMAT, coap_lib.encode_var_safe(format,
	    sizeof(format), COAP_MEDIATYPE_APPLICATION_SENML_JSON), format);
	coap_lib.add_data(pdu, n, bytes);
	s->n++;
	return coap_lib.send(s->session, pdu) != COAP_INVALID_MID;
}

static void
turn(struct sender *s, int64_t now)
{
	if (s->lost || (s->until != 0 && now >= s->until))
		end(s);
	if (now < s->due || (s->session != NULL && s->until != 0))
		return;
	if (s->session == NULL && !begin(s)) {
		s->due = now + US_PER_S;
		return;
	}
	s->until = now + ANSWER_WITHIN;
	s->due = now + BETWEEN;
	s->lost = !post(s);
}

void
demo_coap_run(const struct demo_coap *c, const volatile sig_atomic_t *stopped)
{
	struct sender s = { .to = c };

	if (!coap_lib_load() || (s.context = coap_lib.new_context(NULL)) == NULL)
		return;
	coap_lib.register_response_handler(s.context, answered);
	coap_lib.register_nack_handler(s.context, lost);
	while (!*stopped) {
		turn(&s, system_clock.mono());
		coap_lib.io_process(s.context, TURN);
	}
	end(&s);
	coap_lib.free_context(s.context);
}
