// Certificates and listening sockets.
#include "base/log.hpp"
#include "base/net/listener.hpp"
#include "tools/congthud/environment.hpp"
#include "tools/congthud/parts.hpp"

namespace tools {
namespace {

net::Handler late(const Port& port) {
  return [behind = port.behind](net::Stream stream) { return (*behind)(std::move(stream)); };
}

base::Error explain(const base::Error& error, const std::string& name, std::uint16_t port) {
  std::string text = name + ": " + error.detail();
  if (error.code() == base::Errc::exists) {
    const std::string owner = port_owner(port);
    text += owner.empty() ? "; another program listens there: stop it, or choose another port" : "; " + owner + " listens there: stop it, or choose another port";
  } else if (error.code() == base::Errc::denied) {
    text += "; ports below 1024 need root or CAP_NET_BIND_SERVICE: start as root and set server.user, or choose another port";
  } else {
    text += "; is the address one of this machine's?";
  }
  return base::fail(error.code(), std::move(text));
}

}  // namespace

base::Result<void> Daemon::Parts::load_tls() {
  std::vector<net::CertificateFiles> files{{config->tls.cert.string(), config->tls.key.string()}};
  for (const base::SniCertificate& sni : config->tls.sni) files.push_back({sni.cert.string(), sni.key.string()});
  auto made = net::TlsContext::server(std::move(files));
  if (!made) return base::fail(made.error().code(), "tls: " + made.error().detail() + "; set tls.cert and tls.key, or make a certificate with `congthu init`");
  tls = *std::move(made);
  for (const std::string& warning : tls->warnings()) base::log_warn("certificate", {{"detail", warning}});
  return {};
}

base::Result<void> Daemon::Parts::bind_one(std::vector<Port>& ports, const std::string& name, const std::vector<std::string>& addresses,
                                           std::uint16_t port, unsigned max, unsigned per_peer, const std::string& refusal) {
  if (port == 0) return {};  // not opened
  for (const std::string& address : addresses) {
    Port p;
    net::ListenerOptions o;
    o.name = name;
    o.max_connections = max;
    o.max_per_peer = per_peer;
    o.refusal = refusal;
    auto listener = net::Listener::tcp(*runtime, address, port, o, late(p));
    if (!listener) return explain(listener.error(), name, port);
    p.listener = *std::move(listener);
    ports.push_back(std::move(p));
  }
  return {};
}

base::Result<void> Daemon::Parts::bind() {
  const auto& s = config->smtp;
  const auto& i = config->imap;
  const std::string busy = "421 4.3.2 " + config->server.hostname + " Too many connections, try again later\r\n";
  if (auto done = bind_one(mx, "smtp.port", s.listen, s.port, s.max_connections, s.max_connections_per_ip, busy); !done) return done;
  if (auto done = bind_one(submission, "smtp.submission_port", s.listen, s.submission_port, s.max_connections, s.max_connections_per_ip, busy); !done) return done;
  if (auto done = bind_one(submissions, "smtp.submissions_port", s.listen, s.submissions_port, s.max_connections, s.max_connections_per_ip, ""); !done) return done;
  if (auto done = bind_one(imap_plain, "imap.port", i.listen, i.port, i.max_connections, i.max_connections_per_ip, imap::kRefusal); !done) return done;
  if (auto done = bind_one(imaps, "imap.imaps_port", i.listen, i.imaps_port, i.max_connections, i.max_connections_per_ip, ""); !done) return done;
  if (auto done = bind_one(http, "http.port", config->http.listen, config->http.port, 100, 0, ""); !done) return done;
  net::ListenerOptions o;
  o.name = "admin";
  o.max_connections = 100;
  const std::string path = config->admin.socket.string();
  auto listener = net::Listener::unix_socket(*runtime, path, config->admin.sign_in ? 0666 : 0600, o, late(admin_socket));
  if (!listener)
    return base::fail(listener.error().code(), "admin.socket: " + listener.error().detail() +
                      (listener.error().code() == base::Errc::exists ? "; is another congthud running with this configuration?" : "; the directory must exist and be writable"));
  admin_socket.listener = *std::move(listener);
  return hand_over(path, config->server.user);
}

void Daemon::Parts::start_ports() {
  for (auto* ports : {&mx, &submission, &submissions, &imap_plain, &imaps, &http})
    for (Port& port : *ports) {
      port.listener->start();
      base::log_info("listening", {{"where", port.listener->where()}});
    }
  admin_socket.listener->start();
  runtime->on_stop([this] {
    for (auto* ports : {&mx, &submission, &submissions, &imap_plain, &imaps, &http})
      for (Port& port : *ports) port.listener->close();
    admin_socket.listener->close();
  });
}

}  // namespace tools
