#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../../gateway/reason.h"
#include "../../gateway/text.h"
#include "../check.h"

static const char *
said(const char *english)
{
	static char buf[REASON_MAX];

	return reason_text(english, buf);
}

static void
what_has_no_names_is_looked_up(void)
{
	CHECK(strcmp(said("it changes nothing"), "没有任何改变") == 0);
	CHECK(strcmp(said("Connection refused"), "连接被拒绝") == 0);
	CHECK(strcmp(said(""), "") == 0);
	CHECK(strcmp(said("something nobody foresaw"), "something nobody foresaw") == 0);
}

static void
names_and_figures_stay(void)
{
	CHECK(strcmp(said("no such point: value"), "没有此测点:value") == 0);
	CHECK(strcmp(said("good: 5 to 40 may be written, not 45"),
	    "good:可写 5 到 40,不能写 45") == 0);
	CHECK(strcmp(said("ph: only steps of 0.5 from 5 on may be written, not 5.3"),
	    "ph:只能从 5 起按步长 0.5 写,不能写 5.3") == 0);
}

static void
reasons_within_reasons(void)
{
	CHECK(strcmp(said("mqtt://127.0.0.1:1883: the broker refuses: Not authorized"),
	    "mqtt://127.0.0.1:1883:代理拒绝:未获授权") == 0);
	CHECK(strcmp(said("127.0.0.1 port 502: refused: nothing listens there"),
	    "127.0.0.1 端口 502:被拒绝:对方端口无人监听") == 0);
	CHECK(strcmp(said("no answer to the write; cannot be read back: no answer"),
	    "写入无应答;无法读回:无应答") == 0);
	CHECK(strcmp(said("the device refuses: exception 2, illegal data address"),
	    "设备拒绝:异常码 2,非法数据地址") == 0);
	CHECK(strcmp(said("it refuses (418): I am a teapot: short"),
	    "对方拒绝(418):I am a teapot: short") == 0);
	CHECK(strcmp(said("/dev/ttyS1: no such device"), "/dev/ttyS1:没有这个设备") == 0);
	CHECK(strcmp(said("cannot write /x: y/out: No space left on device"),
	    "无法写入 /x:y/out:磁盘空间已满") == 0);
}

static void
the_nearest_name_is_offered(void)
{
	char why[REASON_MAX];

	CHECK(strcmp(said(reason_near("no such device", "site/two", why)),
	    "没有这个设备;是不是 site/two?") == 0);
	CHECK(strcmp(said(reason_near("no such point: levl", "level", why)),
	    "没有此测点:levl;是不是 level?") == 0);
	CHECK(strcmp(reason_near("no such link", NULL, why), "no such link") == 0);
	CHECK(strcmp(reason_near("no such link", "bus", why),
	    "no such link; did you mean bus?") == 0);
}

/* What comes over the socket may be anything. */
static void
what_the_door_says_is_told(void)
{
	static const struct { const char *english, *chinese; } all[] = {
		{ "/3303/0/5700: no answer", "/3303/0/5700:无应答" },
		{ "/3303/0/5700: it answers 4.04", "/3303/0/5700:对方回答 4.04" },
		{ "/a: DTLS: it does not prove who it is, or does not know us",
		  "/a:DTLS:对方未证明其身份,或不认识本机" },
		{ "/a: it cannot be reached", "/a:无法到达" },
		{ "/a: nobody listens there", "/a:对方端口无人监听" },
		{ "/a: it refuses to answer", "/a:对方拒绝应答" },
		{ "/a: its blocks do not follow each other", "/a:对方的分块不连续" },
		{ "/a: more than 16 KiB", "/a:超过 16 KiB" },
		{ "/a: its certificate has another name than uri",
		  "/a:对方证书上的名称与 uri 不符" },
		{ "/a: its certificate has another name than identity",
		  "/a:对方证书上的名称与 identity 不符" },
		{ "/a: its certificate is not valid yet, or not any more",
		  "/a:对方证书尚未生效或已过期" },
		{ "/a: no such name", "/a:没有此名称" },
		{ "port 5683 cannot be had: Address already in use", "无法占用端口 5683:地址已被占用" },
		{ "port 683 cannot be had: it is taken, or not ours",
		  "无法占用端口 683:已被占用,或本机无权使用" },
		{ "certificate, key or ca cannot be used", "certificate、key 或 ca 无法使用" },
		{ "the certificate or its key cannot be used", "证书或其密钥无法使用" },
		{ "/etc/gw.pem: not usable", "/etc/gw.pem:无法使用" },
		{ "all addresses port 8443: Address already in use", "所有地址 端口 8443:地址已被占用" },
		{ "x port 5: no address in digits", "x 端口 5:不是数字地址" },
		{ "the door is not there", "door 进程不在" },
		{ "not yet open", "尚未打开" },
		{ "nothing proves who it is", "没有任何东西证明其身份" },
		{ "its key is another one", "它的密钥不符" },
		{ "it does not speak TLS as it should", "它没有按规定使用 TLS" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(said(all[i].english), all[i].chinese) != 0)
			fprintf(stderr, "%s: %s\n", all[i].english, said(all[i].english));
		CHECK(strcmp(said(all[i].english), all[i].chinese) == 0);
	}
}

static void
strange_texts_harm_nobody(void)
{
	char text[4 * REASON_MAX] = "";

	for (size_t i = 0; i + 5 < REASON_MAX; i += 4)
		memcpy(text + i, ": to", 5);
	CHECK(strlen(said(text)) < REASON_MAX);
	for (size_t i = 0; i + 3 < sizeof(text); i += 2)
		memcpy(text + i, ": ", 3);
	CHECK(strcmp(said(text), text) == 0);
	CHECK(strcmp(said("%s%n%s"), "%s%n%s") == 0);
	CHECK(strcmp(said("100%: %d"), "100%:%d") == 0);
}

static void
in_english_nothing_changes(void)
{
	setenv("LANGUAGE", "en", 1);
	setenv("LC_ALL", "C", 1);
	text_open();
	CHECK(strcmp(said("no such point: value"), "no such point: value") == 0);
	CHECK(strcmp(text_error(2), "No such file or directory") == 0);
}

int
main(void)
{
	char folder[PATH_MAX];

	unsetenv("LC_ALL");
	setenv("LANGUAGE", "zh_CN", 1);
	setenv("LANG", "zh_CN.UTF-8", 1);
	text_open();
	CHECK(realpath("build/locale", folder) != NULL);
	bindtextdomain("tidegate", folder);
	CHECK(text_chinese());
	RUN(what_has_no_names_is_looked_up);
	RUN(names_and_figures_stay);
	RUN(reasons_within_reasons);
	RUN(the_nearest_name_is_offered);
	RUN(what_the_door_says_is_told);
	RUN(strange_texts_harm_nobody);
	RUN(in_english_nothing_changes);
	return 0;
}
