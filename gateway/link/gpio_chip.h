#ifndef GATEWAY_LINK_GPIO_CHIP_H
#define GATEWAY_LINK_GPIO_CHIP_H

#include <stdbool.h>

/* The few things asked of a GPIO chip of the kernel, so that tests can put
 * another one in its place.  -1 and errno on failure; nothing blocks. */
struct gpio_chip;

enum gpio_bias { GPIO_BIAS_AS_IS, GPIO_BIAS_OFF, GPIO_BIAS_UP, GPIO_BIAS_DOWN };

struct gpio_chip	*gpio_chip_open(const char *path, enum gpio_bias, bool active_low);
/* Gives all lines back: the kernel keeps or resets them as the driver does. */
void			 gpio_chip_close(struct gpio_chip *);
/* 0 or 1.  The line becomes an input when it is first read so. */
int			 gpio_chip_input(struct gpio_chip *, unsigned line);
/* What an output shows; its direction is not changed by asking. */
int			 gpio_chip_output(struct gpio_chip *, unsigned line);
/* The line becomes an output that begins with this level. */
int			 gpio_chip_set(struct gpio_chip *, unsigned line, bool on);

#endif
