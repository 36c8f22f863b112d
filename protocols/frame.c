#include "crc.h"
#include "frame.h"
#include "pdu.h"

size_t
mbap_frame(const uint8_t *p, size_t n)
{
	for (size_t i = 2; i < n && i < MBAP_LENGTH - 1; i++)
		if (p[i] != 0)
			return FRAME_NONE;
	if (n < MBAP_LENGTH)
		return FRAME_MORE;
	/* unit and function at least */
	return p[5] < 2 || p[5] > PDU_MAX + 1 ? FRAME_NONE : MBAP_LENGTH + (size_t)p[5];
}

bool
rtu_sound(const uint8_t *p, size_t n)
{
	return crc16_modbus(p, n - 2) == (p[n - 2] | p[n - 1] << 8);
}

size_t
rtu_frame(const uint8_t *p, size_t n, size_t answer, size_t question)
{
	const size_t pdu[2] = { answer, question };
	bool unknown = false;

	for (int i = 0; i < 2; i++) {
		size_t len = pdu[i] + RTU_AROUND;

		if (pdu[i] == SIZE_MAX)
			continue;
		if (pdu[i] == 0 || n < len)
			unknown = true;
		else if (rtu_sound(p, len))
			return len;
	}
	return unknown ? FRAME_MORE : FRAME_NONE;
}
