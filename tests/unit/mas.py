"""China Mobile's cloud MAS by HTTP, as its documentation has it: JSON in base64, a MAC
of MD5 over its parts, reports and replies that are handed out once."""
import base64
import hashlib
import json

EC_NAME, ACCOUNT, SIGN = "陆河燃气有限公司", "gasapi", "DWItALe3A"
taken = []      # groups whose reports were not handed out yet


class Mas:
    """For a request handler that has say, note, told and misbehaves."""

    def mas(self, path, body, secret):
        params = json.loads(base64.b64decode(body, validate=True))
        self.note({"path": path, **{k: v for k, v in params.items() if k != "secretKey"},
                   "secret": "secretKey" in params})
        if path in ("/sms/report", "/sms/deliver"):
            if self.misbehaves(self.told("mode")):
                return None
            if (params["ecName"], params["apId"], params["secretKey"]) != (EC_NAME, ACCOUNT, secret):
                return self.say(200, [])
            return self.say(200, self.mas_reports() if path == "/sms/report" else self.mas_replies())
        plain = {"/sms/norsubmit": ["mobiles", "content"], "/sms/submit": ["mobiles", "content"],
                 "/sms/tmpsubmit": ["templateId", "mobiles", "params"]}.get(path)
        if plain is None:
            return self.say(404, b"no")
        if params.get("secretKey", secret) != secret:
            return self.mas_answer("InvalidUsrOrPwd")
        text = params["ecName"] + params["apId"] + secret + \
            "".join(params[k] for k in plain) + params["sign"] + params["addSerial"]
        if hashlib.md5(text.encode()).hexdigest() != params["mac"]:
            return self.mas_answer("IllegalMac")
        if (params["ecName"], params["apId"]) != (EC_NAME, ACCOUNT):
            return self.mas_answer("InvalidUsrOrPwd")
        if params["sign"] != SIGN:
            return self.mas_answer("IllegalSignId")
        return self.mas_take(params)

    def mas_answer(self, code, group=""):
        name = "mgsGroup" if self.told("mode") == "misprint" else "msgGroup"
        return self.say(200, {name: group, "rspcod": code, "success": code == "success"})

    def mas_take(self, params):
        mode = self.told("mode")
        if "params" in params and (not isinstance(json.loads(params["params"]), list) or
                                   not json.loads(params["params"])):
            return self.mas_answer("InvalidMessage")
        if mode.startswith("code "):
            return self.mas_answer(mode[5:])
        if mode == "no code":
            return self.say(200, {"success": True})
        group = "0927152506001000%06d" % len(taken)
        if mode != "lost":
            taken.append((group, params["mobiles"]))
        if self.misbehaves("drop" if mode == "lost" else mode):
            return None
        return self.mas_answer("success", group)

    def mas_reports(self):
        status = self.told("receipt", "DELIVRD")
        if status == "none":
            return []
        rows = [{"reportStatus": part, "mobile": [number], "submitDate": "20261125080000",
                 "receiveDate": "20261125080005", "errorCode": part, "msgGroup": group}
                for group, number in taken for part in status.split()]
        taken.clear()
        return rows

    def mas_replies(self):
        rows = [{"smsContent": text, "mobile": mobile, "sendTime": "2026-11-25 08:00:07",
                 "addSerial": ""} for mobile, _, text in
                (line.partition(" ") for line in self.told("replies").splitlines())]
        with open(self.folder + "/replies", "w", encoding="utf-8"):
            pass
        return rows
