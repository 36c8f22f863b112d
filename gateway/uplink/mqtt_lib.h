#ifndef GATEWAY_UPLINK_MQTT_LIB_H
#define GATEWAY_UPLINK_MQTT_LIB_H

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdbool.h>

/* What is used of libmosquitto.  It is loaded by the first far end that needs
 * it, as libcurl is: linked, it and the TLS library behind it would cost every
 * role its relocations. */
#define MQTT_LIB_FUNCTIONS(f) \
	f(lib_init) f(new) f(destroy) f(int_option) f(username_pw_set) f(will_set) \
	f(tls_set) f(tls_psk_set) f(connect_bind_v5) f(connect_async) f(disconnect) \
	f(publish_v5) f(subscribe_v5) f(socket) f(want_write) f(loop_read) f(loop_write) \
	f(loop_misc) f(strerror) f(connack_string) f(reason_string) \
	f(connect_v5_callback_set) f(disconnect_v5_callback_set) f(publish_v5_callback_set) \
	f(message_v5_callback_set) f(subscribe_callback_set) f(log_callback_set) \
	f(property_add_int32) f(property_add_binary) f(property_free_all) \
	f(property_read_int16) f(property_read_int32) f(property_read_string) \
	f(property_read_binary)

#define MQTT_LIB_MEMBER(name)	__typeof__(mosquitto_##name) *name;
struct mqtt_lib { MQTT_LIB_FUNCTIONS(MQTT_LIB_MEMBER) };
#undef MQTT_LIB_MEMBER

extern struct mqtt_lib	mqtt_lib;

/* False: it cannot be; that is logged once. */
bool	mqtt_lib_load(void);

#endif
