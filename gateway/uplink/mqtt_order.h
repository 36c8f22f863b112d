#ifndef GATEWAY_UPLINK_MQTT_ORDER_H
#define GATEWAY_UPLINK_MQTT_ORDER_H

#include "../../protocols/order.h"
#include "mqtt_topic.h"
#include "mqtt_wire.h"
#include "uplink.h"

#define ORDERS_MAX	16	/* in hand at a time */
#define ORDERS_BURST	20	/* obeyed at once */
#define ORDERS_SEEN	64	/* ids that are remembered */
#define CORRELATION_MAX	128	/* bytes; longer ones are not given back */

/* So many a second, and so many at once. */
struct credit {
	int64_t			 us, at;	/* in hand; mono us: then */
};

/* Commands that came down and whose end is owed. */
struct mqtt_orders {
	const struct uplink_env	*env;
	char			 source[80];
	bool			 lasting;	/* the broker keeps them while we are away */
	int			 fd;		/* to the field role; -1: none */
	uint32_t		 next;		/* id of a message */
	int64_t			 again;		/* mono us: somebody may take them */
	struct mqtt_pending {
		uint32_t	 id;		/* 0: free */
		bool		 ended, done;
		bool		 waits;		/* nobody could take it yet */
		int64_t		 until;		/* mono us: it holds */
		char		 no[120];	/* why it is refused; "": it is not */
		struct order	 order;
		char		 reply_to[TOPIC_MAX];	/* "": the usual topic */
		uint8_t		 correlation[CORRELATION_MAX];
		size_t		 ncorrelation;
		char		 text[256];
	}			 at[ORDERS_MAX];
	uint64_t		 seen[ORDERS_SEEN];
	size_t			 nseen;
	struct credit		 obeyed, told;	/* those told no */
	uint64_t		 dropped;	/* for they were too many */
};

void	mqtt_orders_open(struct mqtt_orders *, const struct uplink_env *, const char *kind,
	    bool lasting);
void	mqtt_orders_close(struct mqtt_orders *);
/* Hands a command on; what is wrong with it becomes an entry, too. */
void	mqtt_orders_take(struct mqtt_orders *, const struct wire_message *);
/* When the descriptor is readable. */
void	mqtt_orders_hear(struct mqtt_orders *);
/* Those that wait are given when somebody takes them, until they hold no more.
 * us until it is to be called again; INT64_MAX: none waits. */
int64_t	mqtt_orders_tend(struct mqtt_orders *);
/* One that ended and was not answered; NULL: none.  Its id is made 0 when it
 * was. */
struct mqtt_pending *mqtt_orders_ended(struct mqtt_orders *);

#endif
