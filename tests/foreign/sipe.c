/*
 * A user of pidgin-sipe without a screen: signs in to a pool, learns the dial-in numbers, makes a
 * conference, joins it when the pool lets it, signs out. What it learned goes to stdout as
 * "name: value" lines; exit 0 when all went well, 1 with the reason on stderr, 2 for a wrong call.
 *
 * sipe.sh builds and runs it. The password comes from the environment (SIPE_PASSWORD).
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

/* Whom the conference is made with: sipe offers "New chat" only on a contact. */
#define CONTACT "sip:guest@example.org"

/* How long a pool may take to let us into the conference it made. */
#define JOIN_SECONDS 5

static struct {
    char *server, *transport, *uri, *login, *ca, *home, *log;
    int timeout;
} options = { .timeout = 30 };

static const GOptionEntry entries[] = {
    { "server", 0, 0, G_OPTION_ARG_STRING, &options.server, "the pool", "HOST:PORT" },
    { "transport", 0, 0, G_OPTION_ARG_STRING, &options.transport, "how to reach it", "tcp|tls" },
    { "uri", 0, 0, G_OPTION_ARG_STRING, &options.uri, "who signs in", "USER@DOMAIN" },
    { "login", 0, 0, G_OPTION_ARG_STRING, &options.login, "NTLM account", "DOMAIN\\USER" },
    { "ca", 0, 0, G_OPTION_ARG_FILENAME, &options.ca, "authority to trust for TLS", "PEM" },
    { "home", 0, 0, G_OPTION_ARG_FILENAME, &options.home, "folder for libpurple's files", "DIR" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &options.log, "write sipe's log, messages included", "FILE" },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &options.timeout, "seconds to finish in (30)", "N" },
    { NULL }
};

static GMainLoop *loop;
static FILE *log_file;
static PurpleAccount *account;
static const char *step = "connecting";
static int verified;
static gboolean failed, conference_asked, leaving, provisional;

static void learned(const char *name, const char *value)
{
    printf("%s: %s\n", name, value ? value : "");
    fflush(stdout);
}

static void fail(const char *reason)
{
    if (failed)
        return;
    failed = TRUE;
    fprintf(stderr, "sipe: while %s: %s\n", step, reason);
    g_main_loop_quit(loop);
}

/* Leaving happens from the main loop, never from inside one of sipe's own calls. */
static gboolean leave(gpointer unused)
{
    (void)unused;
    if (!leaving && !failed) {
        leaving = TRUE;
        step = "signing out";
        purple_account_disconnect(account);
        g_main_loop_quit(loop);
    }
    return G_SOURCE_REMOVE;
}

static gboolean out_of_time(gpointer unused)
{
    (void)unused;
    fail("the pool did not bring us further in time");
    return G_SOURCE_REMOVE;
}

/* --- sipe's menus -------------------------------------------------------------------------- */

typedef void (*MenuChoice)(PurpleBlistNode *node, gpointer data);

/* Chooses an entry of the menu sipe offers on a contact or chat, as a mouse would. */
static gboolean choose(PurpleBlistNode *node, const char *label)
{
    PurplePlugin *sipe = purple_find_prpl("prpl-sipe");
    GList *menu = PURPLE_PLUGIN_PROTOCOL_INFO(sipe)->blist_node_menu(node);

    for (GList *entry = menu; entry; entry = entry->next) {
        PurpleMenuAction *action = entry->data;
        if (action && action->callback && g_strcmp0(action->label, label) == 0) {
            ((MenuChoice)action->callback)(node, action->data);
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean make_conference(gpointer unused)
{
    PurpleGroup *group = purple_group_new("Guests");
    PurpleBuddy *guest = purple_buddy_new(account, CONTACT, NULL);

    (void)unused;
    step = "making a conference";
    purple_blist_add_group(group, NULL);
    purple_blist_add_buddy(guest, NULL, group, NULL);
    if (!choose(PURPLE_BLIST_NODE(guest), "New chat"))
        fail("sipe offers no \"New chat\" on a contact");
    return G_SOURCE_REMOVE;
}

static gboolean show_entry_info(gpointer conversation)
{
    GHashTable *components = g_hash_table_new(g_str_hash, g_str_equal);
    PurpleChat *chat;

    g_hash_table_insert(components, CONVERSATION_COMPONENT, conversation);
    chat = purple_chat_new(account, NULL, components);
    if (!choose(PURPLE_BLIST_NODE(chat), "Meeting entry info"))
        fail("sipe offers no \"Meeting entry info\" on the conference");
    leave(NULL);
    return G_SOURCE_REMOVE;
}

static void not_joined(const char *reason)
{
    learned("joined", "no");
    learned("reason", reason);
}

static gboolean stayed_outside(gpointer unused)
{
    (void)unused;
    if (!leaving && !failed)
        not_joined("no answer in time");
    return leave(NULL);
}

/* --- what the pool answered, from sipe's log of the messages it accepted ---------------------- */

static char *text_of(xmlnode *parent, const char *path)
{
    xmlnode *node = xmlnode_get_child(parent, path);
    return node ? xmlnode_get_data(node) : NULL;
}

static void learn_each(xmlnode *parent, const char *child, const char *name)
{
    for (xmlnode *node = parent ? xmlnode_get_child(parent, child) : NULL; node;
         node = xmlnode_get_next_twin(node)) {
        char *text = xmlnode_get_data(node);
        learned(name, text);
        g_free(text);
    }
}

static void learn_regions(xmlnode *access)
{
    for (xmlnode *node = access ? xmlnode_get_child(access, "region") : NULL; node;
         node = xmlnode_get_next_twin(node)) {
        char *number = text_of(node, "access-number/number");
        char *line = g_strdup_printf("%s = %s", xmlnode_get_attrib(node, "name"), number);
        learned("region", line);
        g_free(line);
        g_free(number);
    }
    learn_each(access, "default-region", "default-region");
}

static void learn_capabilities(xmlnode *capabilities)
{
    learn_each(xmlnode_get_child(capabilities, "mcu-types"), "mcuType", "media");
    learn_regions(xmlnode_get_child(capabilities, "pstn-bridging/access-numbers"));
    if (!conference_asked)
        g_idle_add(make_conference, NULL);
    conference_asked = TRUE;
}

static void refused(const char *operation, xmlnode *answer)
{
    const char *reason = xmlnode_get_attrib(answer, "reason");
    char *line = g_strdup_printf("%s was refused: %s", operation, reason ? reason : "no reason given");
    fail(line);
    g_free(line);
}

/* sipe keeps silent about a C3P failure inside a 200, so look at the answers ourselves. */
static void read_answer(xmlnode *response)
{
    gboolean success = g_strcmp0(xmlnode_get_attrib(response, "code"), "success") == 0;
    xmlnode *capabilities = xmlnode_get_child(response, "getConferencingCapabilities");
    xmlnode *added = xmlnode_get_child(response, "addConference");

    if (capabilities && success)
        learn_capabilities(capabilities);
    else if (capabilities)
        refused("getConferencingCapabilities", capabilities);
    else if (added && !success)
        refused("addConference", added);
}

static void read_message(const char *message)
{
    const char *start = strstr(message, "<response");
    const char *end = start ? g_strrstr(start, "</response>") : NULL;
    xmlnode *response;

    provisional = strstr(message, "\nSIP/2.0 1") != NULL;
    if (!end || !strstr(message, "application/cccp+xml"))
        return;
    response = xmlnode_from_str(start, end - start + strlen("</response>"));
    if (response) {
        read_answer(response);
        xmlnode_free(response);
    }
}

/* --- sipe's log ------------------------------------------------------------------------------ */

/* Prints the rest of a log line that starts with the given words. */
static gboolean learn_rest(const char *line, const char *words, const char *name)
{
    char *value;

    if (!g_str_has_prefix(line, words))
        return FALSE;
    value = g_strstrip(g_strdup(line + strlen(words)));
    learned(name, value);
    g_free(value);
    return TRUE;
}

/* sipe drops what is not signed; a pool may leave only a provisional answer so. */
static void unsigned_message(void)
{
    if (!provisional)
        learned("ignored", "a message without a signature");
}

static void read_log_line(const char *line)
{
    if (g_str_has_prefix(line, "\nMESSAGE START <<<<<<<<<< SIP"))
        read_message(line);
    else if (g_str_has_prefix(line, "sip_transport_input: signature of incoming message validated"))
        verified++;
    else if (g_str_has_prefix(line, "process_conf_get_capabilities: getConferencingCapabilities failed"))
        fail("the pool answered getConferencingCapabilities with a SIP error");
    else if (g_str_has_prefix(line, "process_conf_add_response: SERVICE response is not 200"))
        fail("the pool answered addConference with a SIP error");
    else if (g_str_has_prefix(line, "De-register from server"))
        learned("signed-out", options.uri);
    else if (g_str_has_prefix(line, "sip_transport_input: message without authentication data"))
        unsigned_message();
    else if (learn_rest(line, "sipe_process_provisioning_v2: sipe_private->focus_factory_uri=", "focus-factory"))
        step = "asking for the conferencing capabilities";
    else if (learn_rest(line, "process_conf_add_response: session->focus_uri=", "conference-uri")) {
        step = "joining the conference";
        g_timeout_add_seconds(JOIN_SECONDS, stayed_outside, NULL);
    }
}

static void on_debug(PurpleDebugLevel level, const char *category, const char *line)
{
    (void)level;
    if (log_file)
        fprintf(log_file, "%s: %s", category ? category : "-", line);
    if (g_strcmp0(category, "sipe") == 0)
        read_log_line(line);
}

static gboolean debug_wanted(PurpleDebugLevel level, const char *category)
{
    (void)level;
    return log_file || g_strcmp0(category, "sipe") == 0;
}

static PurpleDebugUiOps debug_ops = { .print = on_debug, .is_enabled = debug_wanted };

/* --- what libpurple tells or asks its user --------------------------------------------------- */

static void *on_notice(PurpleNotifyMsgType type, const char *title, const char *primary, const char *secondary)
{
    char *line = g_strdup_printf("%s %s", primary ? primary : "", secondary ? secondary : "");

    (void)title;
    if (g_str_has_prefix(line, "Failed to join the conference")) {
        not_joined(secondary);
        g_idle_add(leave, NULL);
    } else if (type == PURPLE_NOTIFY_MSG_ERROR && !leaving) {
        fail(line);
    }
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
    char *line = g_strdup_printf("sipe asks: %s %s", primary ? primary : "", secondary ? secondary : "");

    (void)title, (void)fallback, (void)asked, (void)who, (void)conversation;
    (void)data, (void)count, (void)actions;
    fail(g_strdelimit(line, "\n", ' '));
    g_free(line);
    return NULL;
}

static PurpleNotifyUiOps notify_ops = { .notify_message = on_notice, .notify_formatted = on_card };
static PurpleRequestUiOps request_ops = { .request_action = on_question };

static void on_signed_on(PurpleConnection *connection, gpointer unused)
{
    (void)connection, (void)unused;
    learned("signed-in", options.uri);
    step = "waiting for the provisioning";
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
    learned("joined", "yes");
    g_idle_add(show_entry_info, conversation);
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

/* --- a defect of Debian 12 ---------------------------------------------------------------- */

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

static guint add_input(int fd, PurpleInputCondition wanted, PurpleInputFunction wake, gpointer data)
{
    GIOCondition condition = G_IO_HUP | G_IO_ERR;
    GSource *source;
    Watch *watch = g_new(Watch, 1);
    guint id;

    watch->wake = wake;
    watch->data = data;
    if (wanted & PURPLE_INPUT_READ)
        condition |= G_IO_IN;
    if (wanted & PURPLE_INPUT_WRITE)
        condition |= G_IO_OUT;
    source = g_unix_fd_source_new(fd, condition);
    g_source_set_callback(source, (GSourceFunc)(void (*)(void))on_input, watch, g_free);
    id = g_source_attach(source, NULL);
    g_source_unref(source);
    return id;
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
    purple_util_set_user_dir(options.home);
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
    char *name = g_strdup_printf("%s,%s", options.uri, options.login);
    PurpleProxyInfo *direct = purple_proxy_info_new();

    account = purple_account_new(name, "prpl-sipe");
    g_free(name);
    purple_proxy_info_set_type(direct, PURPLE_PROXY_NONE);
    purple_account_set_proxy_info(account, direct);
    purple_account_set_password(account, g_getenv("SIPE_PASSWORD"));
    purple_account_set_string(account, "server", options.server);
    purple_account_set_string(account, "transport", options.transport);
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

static gboolean options_complete(void)
{
    return options.server && options.transport && options.uri && options.login && options.home &&
           g_getenv("SIPE_PASSWORD");
}

static gboolean parse_options(int argc, char **argv)
{
    GOptionContext *context = g_option_context_new("- sign in to a pool with pidgin-sipe");
    GError *error = NULL;
    gboolean parsed;

    g_option_context_add_main_entries(context, entries, NULL);
    parsed = g_option_context_parse(context, &argc, &argv, &error);
    if (!parsed)
        fprintf(stderr, "sipe: %s\n", error->message);
    else if (!options_complete())
        fprintf(stderr, "sipe: --server, --transport, --uri, --login, --home and SIPE_PASSWORD are needed\n");
    g_option_context_free(context);
    return parsed && options_complete();
}

static int run(void)
{
    char count[16];

    listen_to_purple();
    set_account();
    g_timeout_add_seconds(options.timeout, out_of_time, NULL);
    sign_in();
    if (!failed)
        g_main_loop_run(loop);
    g_snprintf(count, sizeof count, "%d", verified);
    learned("signatures-verified", count);
    return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (!parse_options(argc, argv))
        return 2;
    loop = g_main_loop_new(NULL, FALSE);
    log_file = options.log ? fopen(options.log, "w") : NULL;
    if (!start_purple()) {
        fprintf(stderr, "sipe: libpurple or its plug-in prpl-sipe did not load\n");
        return 1;
    }
    if (options.ca && !trust(options.ca)) {
        fprintf(stderr, "sipe: %s is not a certificate libpurple can read\n", options.ca);
        return 1;
    }
    return run();
}
