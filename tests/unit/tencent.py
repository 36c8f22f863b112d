"""SMS and calls (VMS) of Tencent Cloud as its documentation of API 3.0 has them: checks
signatures and parameters on its own."""
import datetime
import hashlib
import hmac
import json
import re
import time

KEY_ID, APP = "AKIDtest", "1400006666"
VERSIONS = {"sms": "2021-01-11", "vms": "2020-09-02"}
sent = []       # what was taken, with our id


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def fault(headers, host_path, body, secret):
    """The code that the request is refused with; None: it is well signed."""
    auth = headers.get("Authorization", "")
    found = re.fullmatch(r"TC3-HMAC-SHA256 Credential=([^/]+)/([^/]+)/([^/]+)/tc3_request, "
                         r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})", auth)
    if not found:
        return "AuthFailure.InvalidAuthorization"
    key_id, date, service, signed, signature = found.groups()
    if key_id != KEY_ID:
        return "AuthFailure.SecretIdNotFound"
    stamp = int(headers["X-TC-Timestamp"])
    day = datetime.datetime.fromtimestamp(stamp, datetime.timezone.utc).strftime("%Y-%m-%d")
    if abs(stamp - time.time()) > 300 or day != date:
        return "AuthFailure.SignatureExpire"
    if not {"content-type", "host"} <= set(signed.split(";")):
        return "AuthFailure.SignatureFailure"
    lines = "".join("%s:%s\n" % (h, headers[h].strip().lower()) for h in signed.split(";"))
    canonical = "POST\n%s\n\n%s\n%s\n%s" % (host_path, lines, signed,
                                            hashlib.sha256(body).hexdigest())
    text = "TC3-HMAC-SHA256\n%d\n%s/%s/tc3_request\n%s" % (
        stamp, date, service, hashlib.sha256(canonical.encode()).hexdigest())
    key = mac(mac(mac(("TC3" + secret).encode(), date), service), "tc3_request")
    if service not in VERSIONS or hmac.new(key, text.encode(), hashlib.sha256).hexdigest() != signature:
        return "AuthFailure.SignatureFailure"
    if (service == "vms") != (headers["X-TC-Action"] == "SendTtsVoice"):
        return "InvalidAction"
    if headers.get("X-TC-Version") != VERSIONS[service] or headers.get("X-TC-Region") != "ap-guangzhou":
        return "UnsupportedRegion"
    return None


class Tencent:
    """For a request handler that has say, note, told and misbehaves."""

    def tencent_error(self, code, message="so\nit is"):
        return self.say(200, {"Response": {"Error": {"Code": code, "Message": message},
                                           "RequestId": "r"}})

    def tencent(self, path, body, secret):
        wrong = fault(self.headers, path, body, secret)
        if wrong:
            return self.tencent_error(wrong)
        params = json.loads(body)
        action = self.headers["X-TC-Action"]
        self.note({"action": action, **params})
        name = "VoiceSdkAppid" if action == "SendTtsVoice" else "SmsSdkAppId"
        if params.get(name) != APP:
            return self.tencent_error("UnauthorizedOperation.%sVerifyFail" % name)
        return getattr(self, "tencent_" + action)(params, self.told("mode"))

    def tencent_SendSms(self, params, mode):
        values = params["TemplateParamSet"]
        if any(not isinstance(v, str) or not 1 <= len(v) <= int(self.told("longest", "35"))
               for v in values):
            return self.tencent_error("InvalidParameterValue.TemplateParameterLengthLimit")
        if len(params["PhoneNumberSet"]) != 1 or len(params["SessionContext"]) > 511:
            return self.tencent_error("InvalidParameter")
        if mode.startswith("error "):
            return self.tencent_error(mode[6:])
        number = params["PhoneNumberSet"][0]
        code = mode[5:] if mode.startswith("code ") else "Ok"
        serial = "5000:10457%d" % len(sent)
        if mode != "lost" and code == "Ok":
            sent.append({"PhoneNumber": number, "SerialNo": serial,
                         "SessionContext": params["SessionContext"]})
        if self.misbehaves("drop" if mode == "lost" else mode):
            return None
        if mode == "nothing":
            return self.say(200, {"Response": {"RequestId": "r", "SendStatusSet": []}})
        return self.say(200, {"Response": {"RequestId": "r", "SendStatusSet": [{
            "SerialNo": serial if code == "Ok" else "", "PhoneNumber": number, "Fee": 1,
            "SessionContext": params["SessionContext"], "Code": code,
            "Message": "send success" if code == "Ok" else "no\r\n", "IsoCode": "CN"}]}})

    def tencent_SendTtsVoice(self, params, mode):
        known = {"TemplateId", "CalledNumber", "VoiceSdkAppid", "TemplateParamSet", "PlayTimes",
                 "SessionContext"}
        values = params["TemplateParamSet"]
        if set(params) - known or params["PlayTimes"] not in (1, 2, 3):
            return self.tencent_error("FailedOperation.InvalidParameters")
        if any(not isinstance(v, str) or len(v) > 35 for v in values):
            return self.tencent_error("InvalidParameterValue.ContentLengthLimit")
        if not re.fullmatch(r"\+861\d{10}", params["CalledNumber"]):
            return self.tencent_error("InvalidParameterValue.CalledNumberVerifyFail")
        if mode.startswith("error "):
            return self.tencent_error(mode[6:])
        if self.misbehaves(mode):
            return None
        status = {"CallId": "12582bce-403c-11eb-96b8-525400476c37",
                  "SessionContext": params["SessionContext"]}
        return self.say(200, {"Response": {"RequestId": "91260bb8-cf91-4f3e-a81f-9198114a2279",
                                           "SendStatus": {} if mode == "nothing" else status}})

    def tencent_PullSmsSendStatusByPhoneNumber(self, params, mode):
        if mode == "no receipts":
            return self.tencent_error("InternalError.Timeout")
        if params["Offset"] != 0 or not 0 < params["Limit"] <= 100 or \
                abs(params["BeginTime"] - time.time()) > 7 * 86400:
            return self.tencent_error("InvalidParameterValue.LimitVerifyFail")
        status = self.told("receipt", "SUCCESS")
        rows = [{"UserReceiveTime": 1795564805, "CountryCode": "86",
                 "SubscriberNumber": r["PhoneNumber"][3:], "ReportStatus": status,
                 "Description": "DELIVRD" if status == "SUCCESS" else "UNDELIV", **r}
                for r in sent if r["PhoneNumber"] == params["PhoneNumber"] and status != "none"]
        if self.told("part") and rows:       # another part of the last one
            rows.append(dict(rows[-1], ReportStatus=self.told("part")))
        others = [dict(rows[0], SessionContext="", SerialNo="other") for _ in range(60)] if rows else []
        return self.say(200, {"Response": {"RequestId": "r",
                                           "PullSmsSendStatusSet": others + rows}})

    def tencent_PullSmsReplyStatusByPhoneNumber(self, params, mode):
        if params["Offset"] != 0 or not 0 < params["Limit"] <= 100:
            return self.tencent_error("InvalidParameterValue.LimitVerifyFail")
        if self.misbehaves(mode):
            return None
        rows = [{"CountryCode": "86", "ReplyContent": text, "ExtendCode": "11",
                 "SubscriberNumber": params["PhoneNumber"][3:], "ReplyTime": int(at),
                 "PhoneNumber": params["PhoneNumber"], "SignName": "x"}
                for at, _, text in (line.partition(" ") for line in
                                    self.told("replies").splitlines())
                if int(at) >= params["BeginTime"]]
        return self.say(200, {"Response": {"RequestId": "r", "PullSmsReplyStatusSet": rows}})
