#ifndef DEVICES_RAW_TYPES_H
#define DEVICES_RAW_TYPES_H

#include "raw.h"

/* The functions of the rows in raw.c; inside devices/ only. */

#define RAW_TYPE(name) \
	void name##_decode(const uint8_t *, const struct piece *, struct value *); \
	int name##_encode(const struct value *, const struct piece *, uint8_t *)

RAW_TYPE(raw_u8);
RAW_TYPE(raw_s8);
RAW_TYPE(raw_u8_high);
RAW_TYPE(raw_s8_high);
RAW_TYPE(raw_u16);
RAW_TYPE(raw_s16);
RAW_TYPE(raw_u32);
RAW_TYPE(raw_s32);
RAW_TYPE(raw_u64);
RAW_TYPE(raw_s64);
RAW_TYPE(raw_f32);
RAW_TYPE(raw_f64);
RAW_TYPE(raw_sign16);
RAW_TYPE(raw_sign32);
RAW_TYPE(raw_bcd2);
RAW_TYPE(raw_bcd4);
RAW_TYPE(raw_bcd8);
RAW_TYPE(raw_bcd12);
RAW_TYPE(raw_bcd16);
RAW_TYPE(raw_sbcd4);
RAW_TYPE(raw_sbcd6);
RAW_TYPE(raw_sbcd8);
RAW_TYPE(raw_volume_unit);
RAW_TYPE(raw_flow_unit);
RAW_TYPE(raw_energy_unit);
RAW_TYPE(raw_power_unit);
RAW_TYPE(raw_bit);
RAW_TYPE(raw_bits);
RAW_TYPE(raw_one_hot);
RAW_TYPE(raw_tenths);
RAW_TYPE(raw_hundredths);
RAW_TYPE(raw_string);

/* Most significant first, n at most 8. */
uint64_t	bytes_unsigned(const uint8_t *, size_t n);
void		bytes_put(uint64_t, uint8_t *, size_t n);
/* The nearest integer to a value within bounds that a double holds exactly. */
int		integer_of(const struct value *, double min, double max, int64_t *);

#endif
