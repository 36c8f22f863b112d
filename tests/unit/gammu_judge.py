"""Reads and writes short messages with gammu, a line a question.

R PDU            what a submitted PDU says: number, parts, part, validity, text
W NUMBER TEXT    the PDU of a message that a centre delivers"""
import datetime
import sys

import gammu

CENTRE = {"Location": 1, "Number": "+8613800200500"}


def read(pdu):
    m = gammu.DecodePDU(bytes.fromhex(pdu), True)
    udh = m["UDH"]
    return [m["Number"], str(max(udh["AllParts"], 1)), str(max(udh["PartNumber"], 1)),
            m["SMSC"]["Validity"], m["Text"].encode(errors="surrogatepass").hex()]


def deliver(number, text):
    text = bytes.fromhex(text).decode()
    m = {"Number": number, "Text": text, "SMSC": CENTRE, "Type": "Deliver", "Class": -1, "Folder": 1, "RejectDuplicates": 0, "ReplyViaSameSMSC": 0,
         "DateTime": datetime.datetime(2026, 11, 25, 12, 30, 15),
         "Coding": "Unicode_No_Compression" if any(ord(c) > 0x7e for c in text)
         else "Default_No_Compression"}
    return [gammu.EncodePDU(m, "Deliver").hex()]


for line in sys.stdin:
    words = line.split()
    print("\t".join(read(words[1]) if words[0] == "R" else deliver(words[1], words[2])),
          flush=True)
