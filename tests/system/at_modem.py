"""A modem with AT commands on a pseudo terminal, which can be told to answer wrongly,
half, late, with words of its own amid, or not at all."""
import os
import pty
import select
import threading
import time
import tty


class Modem:
    """What it says is in answers: command -> lines before OK, or an error line."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.master)
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.answers = {
            "AT+CSQ": ["+CSQ: 19,0"], "AT+CESQ": ["+CESQ: 99,99,255,255,18,56"],
            "AT+CREG?": ['+CREG: 2,1,"1A2B","00C3",7'],
            "AT+CGREG?": ['+CGREG: 2,1,"1A2B","00C3",7'],
            "AT+CEREG?": ['+CEREG: 2,1,"1A2C","07A1B203",7'],
            "AT+CGATT?": ["+CGATT: 1"], "AT+CPIN?": ["+CPIN: READY"],
            "AT+CIMI": ["460001234567890"], "AT+CGSN": ["356938035643809"],
            "AT+CGMM": ["TS100"], "AT+CGMR": ["TS100R01"],
            "AT+CCID": "ERROR", "AT+QCCID": ["+QCCID: 89860017421234567890"],
            "AT+CMEE?": ["+CMEE: 1"],
        }
        self.operator = ("CHINA MOBILE", "46000")
        self.format = 0
        self.echo = True
        self.mode = "well"		# mute, half, chatty, noise, shifted
        self.late = 0			# seconds, for the next answer alone
        self.radio = 1			# of CFUN
        self.asked = []
        self.sent = []			# PDUs
        self.reference = 40
        self.pdu = False
        self.lock = threading.Lock()
        self.ending = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def say(self, text):
        if not self.ending:
            os.write(self.master, text.encode())

    def unasked(self, line):
        with self.lock:
            self.say("\r\n%s\r\n" % line)

    def times(self, command):
        with self.lock:
            return self.asked.count(command)

    def since(self, n):
        with self.lock:
            return self.asked[n:]

    def lines_of(self, command):
        """Lines, or one error."""
        if command in self.answers:
            return self.answers[command]
        if command.startswith("AT+COPS=3,"):
            self.format = int(command[-1])
            return []
        if command == "AT+COPS?":
            if self.radio != 1:
                return ["+COPS: 0"]
            return ['+COPS: 0,%d,"%s",7' % (self.format,
                                            self.operator[1 if self.format == 2 else 0])]
        if command.startswith("AT+CFUN="):
            self.radio = int(command[8])
            if command.endswith(",1"):
                self.echo = True
            return []
        if command in ("ATE0", "ATE1"):
            self.echo = command == "ATE1"
            return []
        if command == "AT" or command.startswith(
                ("AT+CMEE=", "AT+CREG=", "AT+CGREG=", "AT+CEREG=", "AT+CGACT=", "AT+CGATT=",
                 "AT+CMGF=", "AT+CNMI=", "AT+CMGL", "AT+CMGD")):
            return []
        return "ERROR"

    def answer(self, command):
        lines = self.lines_of(command)
        if self.mode == "chatty":
            self.say("\r\nRING\r\n\r\n+CREG: 5\r\n\r\n+CSQ: 3\r\n" if "CSQ" not in command
                     else "\r\n+CREG: 0,\"1A2B\",\"00C3\"\r\n\r\n^RSSI: 3\r\n")
        if isinstance(lines, str):
            self.say("\r\n%s\r\n" % lines)
            return
        text = "".join("\r\n%s\r\n" % line for line in lines) + "\r\nOK\r\n"
        if self.mode == "half" and lines:
            text = text[:len(text) // 2 - 2]
        if self.mode == "noise" and lines:
            text = "\r\n\x00\xff%s\r\n%s" % ("+CSQ: 77,\x07" * 80, "\r\nERROR\r\n")
        self.say(text)
        if self.mode == "chatty":
            self.say("\r\n+CGEV: NW PDN DEACT 1\r\n\r\nNO CARRIER\r\n")

    def take(self, line):
        with self.lock:
            if self.pdu:
                self.pdu = False
                self.sent.append(line)
                self.reference += 1
                self.say("\r\n+CMGS: %d\r\n\r\nOK\r\n" % self.reference)
                return
            self.asked.append(line)
            mute, late, self.late = self.mode == "mute", self.late, 0
            if self.echo and not mute:
                self.say(line + "\r")
        if mute:
            return
        time.sleep(late)
        with self.lock:
            if line.startswith("AT+CMGS="):
                self.pdu = True
                self.say("\r\n> ")
                return
            self.answer(line)

    def run(self):
        buf = b""
        while not self.ending:
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if not ready:
                continue
            try:
                buf += os.read(self.master, 4096)
            except OSError:
                time.sleep(0.1)
                continue
            while True:
                end = b"\x1a" if self.pdu else b"\r"
                i = buf.find(end)
                if i < 0:
                    break
                line = buf[:i].decode("latin-1").strip("\x1b \n")
                buf = buf[i + 1:]
                if line:
                    self.take(line)

    def close(self):
        self.ending = True
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)
