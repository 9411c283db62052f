/*
 * A user of pidgin-sipe without a screen: signs in to a pool, makes a conference or joins the one
 * an invitation links to, opens its "Meeting entry info", signs out. What it learned goes to stdout
 * as "name: value" lines, sipe's log to stderr with every message in clear. Exit 0 when all went
 * well, 1 after a last line "failed: REASON", 2 for a wrong call. sipe.sh builds and runs it.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <glib-unix.h>
#include <libpurple/purple.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

/* The one name this program has towards libpurple. */
#define PROGRAM "confctl-foreign-sipe"

/* Where Debian keeps protocol plug-ins of other source packages; libpurple knows its own folder. */
#define PLUGIN_FOLDER "/usr/lib/purple-2"

/* The chat component under which sipe keeps the conversation of a joined conference. */
#define CONVERSATION_COMPONENT "_conv"

/* Whom a conference is made with: sipe offers "New chat" only on a contact. */
#define CONTACT "sip:guest@example.org"

/* How long everything may take. */
#define SECONDS 30

static struct {
    const char *transport, *server, *uri, *login, *ca, *link;
} wanted;

static GMainLoop *loop;
static PurpleAccount *account;
static const char *step = "signing in";
static int verified;
static gboolean failed, leaving;

static void learned(const char *name, const char *value)
{
    printf("%s: %s\n", name, value ? value : "");
}

static void fail(const char *reason)
{
    char *line;

    if (failed)
        return;
    failed = TRUE;
    line = g_strdelimit(g_strdup_printf("%s: %s", step, reason), "\r\n", ' ');
    learned("failed", line);
    g_free(line);
    g_main_loop_quit(loop);
}

static gboolean out_of_time(gpointer unused)
{
    (void)unused;
    fail("the pool did not bring us further in time");
    return G_SOURCE_REMOVE;
}

static void leave(void)
{
    if (failed)
        return;
    leaving = TRUE;
    step = "signing out";
    purple_account_disconnect(account);
    g_main_loop_quit(loop);
}

/* --- sipe's menus and forms ------------------------------------------------------------------ */

typedef void (*EntryChosen)(PurpleBlistNode *node, gpointer data);
typedef void (*FormSent)(gpointer data, PurpleRequestFields *fields);

/* Chooses from the menu sipe offers on a contact or chat, as a mouse would. */
static void choose(PurpleBlistNode *node, const char *label)
{
    PurplePlugin *sipe = purple_find_prpl("prpl-sipe");

    for (GList *at = PURPLE_PLUGIN_PROTOCOL_INFO(sipe)->blist_node_menu(node); at; at = at->next) {
        PurpleMenuAction *entry = at->data;
        if (entry && entry->callback && g_strcmp0(entry->label, label) == 0) {
            ((EntryChosen)entry->callback)(node, entry->data);
            return;
        }
    }
    fail("sipe's menu lacks what we want");
}

/* Chooses from the menu sipe offers on the account. */
static void choose_action(const char *label)
{
    PurplePlugin *sipe = purple_find_prpl("prpl-sipe");
    PurpleConnection *connection = purple_account_get_connection(account);

    for (GList *at = PURPLE_PLUGIN_ACTIONS(sipe, connection); at; at = at->next) {
        PurplePluginAction *action = at->data;
        if (action && g_strcmp0(action->label, label) == 0) {
            action->plugin = sipe;
            action->context = connection;
            action->callback(action);
            return;
        }
    }
    fail("sipe's account menu lacks what we want");
}

static void make_conference(void)
{
    PurpleGroup *group = purple_group_new("Guests");
    PurpleBuddy *guest = purple_buddy_new(account, CONTACT, NULL);

    step = "making a conference";
    purple_blist_add_group(group, NULL);
    purple_blist_add_buddy(guest, NULL, group, NULL);
    choose(PURPLE_BLIST_NODE(guest), "New chat");
}

/* The form behind "Join scheduled conference...". */
static void *on_form(const char *title, const char *primary, const char *secondary,
                     PurpleRequestFields *fields, const char *ok, GCallback sent, const char *cancel,
                     GCallback cancelled, PurpleAccount *asked, const char *who,
                     PurpleConversation *conversation, void *data)
{
    PurpleRequestField *location = purple_request_fields_get_field(fields, "meetingLocation");

    (void)title, (void)primary, (void)secondary, (void)ok, (void)cancel, (void)cancelled;
    (void)asked, (void)who, (void)conversation;
    if (location) {
        purple_request_field_string_set_value(location, wanted.link);
        ((FormSent)sent)(data, fields);
    } else {
        fail("sipe asks for something else than a meeting's location");
    }
    purple_request_fields_destroy(fields);
    return NULL;
}

/* sipe knows what the pool can do once the call that read the answer has returned. */
static gboolean go_on(gpointer unused)
{
    (void)unused;
    if (!wanted.link) {
        make_conference();
    } else {
        step = "joining the conference of the invitation";
        choose_action("Join scheduled conference...");
    }
    return G_SOURCE_REMOVE;
}

static gboolean open_entry_info(gpointer conversation)
{
    GHashTable *components = g_hash_table_new(g_str_hash, g_str_equal);

    g_hash_table_insert(components, CONVERSATION_COMPONENT, conversation);
    choose(PURPLE_BLIST_NODE(purple_chat_new(account, NULL, components)), "Meeting entry info");
    leave();
    return G_SOURCE_REMOVE;
}

/* --- sipe's log ------------------------------------------------------------------------------ */

/* Whether there is such an element in the answer. */
static gboolean has_child(xmlNodePtr root, const char *name)
{
    for (xmlNodePtr child = root->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && g_strcmp0((const char *)child->name, name) == 0)
            return TRUE;
    return FALSE;
}

/* sipe asks for capabilities as often as it is told settings; we go on once. */
static void go_on_once(void)
{
    static gboolean gone_on;

    if (!gone_on)
        g_idle_add(go_on, NULL);
    gone_on = TRUE;
}

/* sipe keeps silent about a C3P failure inside a 200, so look at the answers ourselves. */
static void read_message(const char *message)
{
    const char *body = strstr(message, "\n\n");
    const char *end = g_strrstr(message, "\nMESSAGE END");
    xmlDocPtr document;
    xmlNodePtr root;
    xmlChar *code;

    if (!body)
        body = strstr(message, "\r\n\r\n");
    if (!strstr(message, "application/cccp+xml") || !body || !end || end < body)
        return;
    body += strspn(body, "\r\n");
    document = xmlReadMemory(body, (int)(end - body), NULL, NULL, XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    root = document ? xmlDocGetRootElement(document) : NULL;
    code = root ? xmlGetNoNsProp(root, (const xmlChar *)"code") : NULL;
    if (g_strcmp0((const char *)code, "success") != 0) {
        fail("the pool refused it, see the log");
    } else if (has_child(root, "getConferencingCapabilities")) {
        go_on_once();
    }
    xmlFree(code);
    xmlFreeDoc(document);
}

/* The rest of a log line that starts with the given words; NULL if it does not. */
static const char *after(const char *line, const char *words)
{
    return g_str_has_prefix(line, words) ? line + strlen(words) : NULL;
}

static void read_log_line(const char *line)
{
    const char *rest;

    if ((rest = after(line, "\nMESSAGE START <<<<<<<<<< SIP")))
        read_message(rest);
    else if (after(line, "sip_transport_input: signature of incoming message validated"))
        verified++;
    else if (after(line, "sip_transport_input: message without authentication data"))
        learned("ignored", "a message without a signature");
    else if (after(line, "process_conf_get_capabilities: getConferencingCapabilities failed"))
        go_on_once(); /* OCS 2007 does not know the question. */
    else if (after(line, "process_conf_add_response: SERVICE response is not 200"))
        fail("the pool answered with a SIP error");
    else if ((rest = after(line, "process_conf_add_response: session->focus_uri=")))
        learned("conference", rest);
    else if (after(line, "De-register from server"))
        learned("signed-out", wanted.uri);
}

static void on_log(PurpleDebugLevel level, const char *category, const char *text)
{
    char *line = g_strchomp(g_strdup(text));

    (void)level;
    fprintf(stderr, "%s: %s\n", category ? category : "-", line);
    if (g_strcmp0(category, "sipe") == 0)
        read_log_line(line);
    g_free(line);
}

static PurpleDebugUiOps debug_ops = { .print = on_log };

/* --- what libpurple tells or asks its user --------------------------------------------------- */

static void *on_notice(PurpleNotifyMsgType type, const char *title, const char *primary, const char *secondary)
{
    char *line = g_strdup_printf("%s %s", primary ? primary : "", secondary ? secondary : "");

    (void)title;
    if (type == PURPLE_NOTIFY_MSG_ERROR && !leaving)
        fail(line);
    g_free(line);
    return NULL;
}

/* The card "Meeting entry info": one line for each of its lines that is not empty. */
static void *on_card(const char *title, const char *primary, const char *secondary, const char *text)
{
    char *plain = purple_markup_strip_html(text);
    char **lines = g_strsplit(plain, "\n", 0);

    (void)title, (void)primary, (void)secondary;
    for (char **line = lines; *line; line++)
        if (*g_strstrip(*line))
            learned("card", *line);
    g_strfreev(lines);
    g_free(plain);
    return NULL;
}

/* Nobody is there to answer, and a certificate must be trusted without asking. */
static void *on_question(const char *title, const char *primary, const char *secondary, int fallback,
                         PurpleAccount *asked, const char *who, PurpleConversation *conversation,
                         void *data, size_t count, va_list actions)
{
    (void)title, (void)secondary, (void)fallback, (void)asked, (void)who, (void)conversation;
    (void)data, (void)count, (void)actions;
    fail(primary ? primary : "sipe asks something");
    return NULL;
}

static PurpleNotifyUiOps notify_ops = { .notify_message = on_notice, .notify_formatted = on_card };
static PurpleRequestUiOps request_ops = { .request_action = on_question, .request_fields = on_form };

static void on_signed_on(PurpleConnection *connection, gpointer unused)
{
    (void)connection, (void)unused;
    learned("signed-in", wanted.uri);
    step = "learning what the pool can do";
}

static void on_connection_error(PurpleConnection *connection, PurpleConnectionError error,
                                const char *reason, gpointer unused)
{
    (void)connection, (void)error, (void)unused;
    fail(reason ? reason : "the connection ended");
}

/* sipe fills the conference in after announcing it: look when its call has returned. */
static void on_chat_joined(PurpleConversation *conversation, gpointer unused)
{
    (void)unused;
    g_idle_add(open_entry_info, conversation);
}

static void listen_to_purple(void)
{
    static int handle;
    void *connections = purple_connections_get_handle();

    purple_signal_connect(connections, "signed-on", &handle, PURPLE_CALLBACK(on_signed_on), NULL);
    purple_signal_connect(connections, "connection-error", &handle,
                          PURPLE_CALLBACK(on_connection_error), NULL);
    purple_signal_connect(purple_conversations_get_handle(), "chat-joined", &handle,
                          PURPLE_CALLBACK(on_chat_joined), NULL);
}

/* --- a defect of Debian 12 ------------------------------------------------------------------- */

typedef int (*SaxParse)(xmlSAXHandlerPtr sax, void *data, const char *text, int length);

/*
 * libxml2 2.9.14 of Debian 12 (seen with deb12u4 to u6) calls no element handler when the set has
 * only those of SAX 1 but says SAX 2, as sipe's does: sipe would read nothing from any document.
 * This stands before the library's function of the same name and says what the set really is.
 */
int xmlSAXUserParseMemory(xmlSAXHandlerPtr sax, void *data, const char *text, int length)
{
    SaxParse parse = (SaxParse)dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
    xmlSAXHandler honest = *sax;

    if (!sax->startElementNs && !sax->endElementNs)
        honest.initialized = 1;
    return parse(&honest, data, text, length);
}

/* --- libpurple's event loop is GLib's -------------------------------------------------------- */

typedef struct {
    PurpleInputFunction wake;
    gpointer data;
} Watch;

static gboolean on_input(gint fd, GIOCondition condition, gpointer data)
{
    Watch *watch = data;
    int ready = 0;

    if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
        ready |= PURPLE_INPUT_READ;
    if (condition & (G_IO_OUT | G_IO_ERR))
        ready |= PURPLE_INPUT_WRITE;
    watch->wake(watch->data, fd, ready);
    return G_SOURCE_CONTINUE;
}

static guint add_input(int fd, PurpleInputCondition input, PurpleInputFunction wake, gpointer data)
{
    GIOCondition condition = G_IO_HUP | G_IO_ERR;
    Watch *watch = g_new(Watch, 1);

    watch->wake = wake;
    watch->data = data;
    if (input & PURPLE_INPUT_READ)
        condition |= G_IO_IN;
    if (input & PURPLE_INPUT_WRITE)
        condition |= G_IO_OUT;
    return g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, condition, on_input, watch, g_free);
}

static PurpleEventLoopUiOps eventloop_ops = {
    .timeout_add = g_timeout_add,
    .timeout_remove = g_source_remove,
    .timeout_add_seconds = g_timeout_add_seconds,
    .input_add = add_input,
    .input_remove = g_source_remove,
};

static void set_user_interface(void)
{
    purple_notify_set_ui_ops(&notify_ops);
    purple_request_set_ui_ops(&request_ops);
}

static PurpleCoreUiOps core_ops = { .ui_init = set_user_interface };

static gboolean start_purple(void)
{
    purple_debug_set_ui_ops(&debug_ops);
    purple_debug_set_unsafe(TRUE); /* else sipe does not log the messages themselves */
    purple_core_set_ui_ops(&core_ops);
    purple_eventloop_set_ui_ops(&eventloop_ops);
    purple_plugins_add_search_path(PLUGIN_FOLDER);
    if (!purple_core_init(PROGRAM))
        return FALSE;
    purple_set_blist(purple_blist_new());
    return purple_find_prpl("prpl-sipe") != NULL;
}

/* --- the account ----------------------------------------------------------------------------- */

static gboolean trust(const char *file)
{
    PurpleCertificateScheme *scheme = purple_certificate_find_scheme("x509");
    PurpleCertificatePool *authorities = purple_certificate_find_pool("x509", "ca");
    PurpleCertificate *certificate = scheme ? purple_certificate_import(scheme, file) : NULL;

    return authorities && certificate &&
           purple_certificate_pool_store(authorities, "pool", certificate);
}

static void set_account(void)
{
    char *name = g_strdup_printf("%s,%s", wanted.uri, wanted.login);
    PurpleProxyInfo *direct = purple_proxy_info_new();

    account = purple_account_new(name, "prpl-sipe");
    g_free(name);
    purple_proxy_info_set_type(direct, PURPLE_PROXY_NONE);
    purple_account_set_proxy_info(account, direct);
    purple_account_set_password(account, g_getenv("SIPE_PASSWORD"));
    purple_account_set_string(account, "server", wanted.server);
    purple_account_set_string(account, "transport", wanted.transport);
    purple_account_set_string(account, "authentication", "ntlm");
    /* No calendar, and no look-up of an Exchange server outside this machine. */
    purple_account_set_bool(account, "dont-publish", TRUE);
    purple_account_set_string(account, "email_url", "https://127.0.0.1:9/");
    purple_accounts_add(account);
}

/* Enabling signs in at once when the account's saved status is an online one. */
static void sign_in(void)
{
    purple_account_set_enabled(account, PROGRAM, TRUE);
    if (purple_account_is_disconnected(account))
        purple_account_connect(account);
}

static int run(void)
{
    listen_to_purple();
    set_account();
    g_timeout_add_seconds(SECONDS, out_of_time, NULL);
    sign_in();
    if (!failed)
        g_main_loop_run(loop);
    printf("signatures-verified: %d\n", verified);
    return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    if ((argc != 6 && argc != 7) || !g_getenv("SIPE_PASSWORD")) {
        fputs("usage: SIPE_PASSWORD=... sipe tcp|tls HOST:PORT USER@DOMAIN DOMAIN\\USER CA.pem [LINK]\n", stderr);
        return 2;
    }
    wanted.transport = argv[1];
    wanted.server = argv[2];
    wanted.uri = argv[3];
    wanted.login = argv[4];
    wanted.ca = argv[5];
    wanted.link = argv[6];
    loop = g_main_loop_new(NULL, FALSE);
    step = "starting";
    if (!start_purple())
        fail("libpurple or its plug-in prpl-sipe did not load");
    else if (!trust(wanted.ca))
        fail("libpurple can't read the certificate of the authority");
    step = "signing in";
    return failed ? 1 : run();
}
