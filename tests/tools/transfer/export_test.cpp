#include "base/encoding.hpp"
#include "tests/tools/transfer/support.hpp"
#include "tools/transfer/export_manifest.hpp"
#include "tools/transfer/export_writer.hpp"
#include "tools/transfer/file_name.hpp"
#include "tools/transfer/mbox.hpp"

using namespace transfer;
using namespace transfer::test;

namespace {

const base::SigningKey kKey = base::SigningKey::generate();

std::vector<Message> samples() {
  std::vector<Message> out;
  const std::string bodies[] = {
      "Subject: x\r\n\r\nmột\r\n", "Subject: x\r\n\r\nFrom here\r\n>From there\r\n>>From far\r\n", "Subject: no end", "Subject: lf\n\nbare\r\nmixed\n",
      "Subject: cr\r\n\r\na\rb\r\n", "\r\nno header\r\n", "From an@songla.gov.vn Wed Jun 30 21:49:08 1993\r\nSubject: y\r\n\r\nz\r\n", "\r\n\r\n\r\n\r\n",
      std::string("Subject: nul\r\n\r\n\0\xff\r\n", 19), "Subject: status\r\nStatus: RO\r\nX-Keywords: mine\r\nContent-Length: 3\r\n\r\nFrom \r\n\r\nFrom a Wed Jun 30 21:49:08 1993\r\n"};
  std::uint32_t n = 0;
  for (const std::string& b : bodies) {
    Message m;
    m.mailbox = n % 3 == 2 ? "Công văn/Đến" : "INBOX";
    m.bytes = b;
    m.flags = store::SystemFlags(n % 32);
    if (n % 2 == 1) m.keywords = {"quan-trong", "$Forwarded"};
    m.date = base::Time(std::chrono::milliseconds(1'700'000'000'000 + n * 1001));
    m.tz_minutes = n % 2 == 0 ? 420 : -210;
    out.push_back(std::move(m));
    ++n;
  }
  std::stable_sort(out.begin(), out.end(), [](const Message& a, const Message& b) { return a.mailbox < b.mailbox; });
  return out;
}

void write_export(const std::string& dir, ExportFormat format, const std::vector<Message>& messages) {
  auto writer = need(ExportWriter::create(dir, {"an@songla.gov.vn", "0.1.0", "abc", "2026-11-22T09:00:00+07:00", format},
                                          {{"INBOX", "", 1}, {"Công văn/Đến", "", 2}, {"Sent", "sent", 3}}));
  std::uint32_t uid = 0;
  for (const Message& m : messages) {
    BatchMessage v = view(m);
    v.uid = ++uid;
    v.keywords.push_back("$SignatureValid");
    BOOST_REQUIRE(writer->add(v));
  }
  BOOST_REQUIRE(writer->finish(kKey));
}

std::string slurp(const std::string& path) { return need(read_file(path, 1u << 30)); }
void spoil(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::vector<std::string> codes(const std::string& dir, std::optional<base::PublicKey> key = kKey.public_key()) {
  std::vector<std::string> out;
  for (const auto& f : need(check_export(dir, key)).findings) out.push_back(f.code);
  return out;
}
using Codes = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(transfer_export)

BOOST_AUTO_TEST_CASE(both_forms_come_back_as_they_were) {
  const TempFolder f;
  for (const auto format : {ExportFormat::eml, ExportFormat::mbox}) {
    const std::string dir = f / (format == ExportFormat::eml ? "eml" : "mbox");
    const auto messages = samples();
    write_export(dir, format, messages);
    BOOST_TEST((codes(dir) == Codes{}));
    auto source = need(ExportSource::open(dir, {}));
    BOOST_TEST(source->folders().size() == 3u);
    BOOST_TEST((source->folders()[2].special == store::SpecialUse::sent));
    const Taken t = take_all(*source);
    BOOST_REQUIRE((t.messages.size() == messages.size() && t.problems.empty() && t.error.empty()));
    for (std::size_t i = 0; i < messages.size(); ++i) {
      BOOST_TEST(t.messages[i].bytes == messages[i].bytes);
      BOOST_TEST(t.messages[i].mailbox == messages[i].mailbox);
      BOOST_TEST(t.messages[i].flags == messages[i].flags);
      BOOST_TEST((t.messages[i].keywords == messages[i].keywords));  // and no verdict
      BOOST_TEST((t.messages[i].date == messages[i].date));
      BOOST_TEST(t.messages[i].tz_minutes == messages[i].tz_minutes);
    }
    BOOST_TEST(source->done() == source->total());
  }
}

BOOST_AUTO_TEST_CASE(other_programs_read_the_mbox_too) {
  const TempFolder f;
  auto messages = samples();
  messages.erase(std::remove_if(messages.begin(), messages.end(), [](const Message& m) { return m.bytes.find("Subject: x") == std::string::npos; }), messages.end());
  write_export(f / "x", ExportFormat::mbox, messages);
  auto source = need(MboxSource::open(f / "x/mail/INBOX.mbox", {}));
  const Taken t = take_all(*source);
  BOOST_REQUIRE(t.messages.size() == 2u);
  BOOST_TEST(t.messages[1].bytes == messages[1].bytes);
  BOOST_TEST(t.messages[1].flags == messages[1].flags);
  BOOST_TEST((t.messages[1].keywords == messages[1].keywords));
  BOOST_TEST((t.messages[1].date == std::chrono::floor<std::chrono::seconds>(messages[1].date)));
}

BOOST_AUTO_TEST_CASE(every_change_is_found) {
  const TempFolder f;
  const std::string eml = f / "e", mbox = f / "m";
  write_export(eml, ExportFormat::eml, samples());
  write_export(mbox, ExportFormat::mbox, samples());
  const std::string file = eml + "/mail/INBOX/0000000005.eml", manifest = slurp(eml + "/manifest.json"), bytes = slurp(file);
  spoil(file, bytes + "x");
  BOOST_TEST((codes(eml) == Codes{"message_changed"}));
  spoil(file, std::string(bytes.size(), 'x'));
  BOOST_TEST((codes(eml) == Codes{"message_changed"}));
  std::filesystem::remove(file);
  BOOST_TEST((codes(eml) == Codes{"file_missing"}));
  spoil(file, bytes);
  spoil(eml + "/mail/INBOX/more.eml", "x");
  BOOST_TEST((codes(eml) == Codes{"file_unknown"}));
  std::filesystem::remove(eml + "/mail/INBOX/more.eml");
  spoil(eml + "/manifest.json", manifest + "\n");
  BOOST_TEST((codes(eml) == Codes{"signature_invalid"}));
  spoil(eml + "/manifest.json", manifest);
  BOOST_TEST((codes(eml) == Codes{}));
  BOOST_TEST((codes(eml, base::SigningKey::generate().public_key()) == Codes{"signature_invalid"}));
  BOOST_TEST((codes(eml, std::nullopt) == Codes{"signer_unknown"}));
  std::filesystem::remove(eml + "/manifest.sig");
  BOOST_TEST((codes(eml) == Codes{"signature_missing"}));
  std::string whole = slurp(mbox + "/mail/INBOX.mbox");
  whole[whole.find("bare")] ^= 1;
  spoil(mbox + "/mail/INBOX.mbox", whole);
  const Codes found = codes(mbox);
  BOOST_TEST((found.size() == 2u && found.back() == "file_changed"));
  const Taken t = take_all(*need(ExportSource::open(mbox, {})));
  BOOST_TEST((t.problems.size() == 1u && t.messages.size() == samples().size() - 1));  // the others are still good
}

BOOST_AUTO_TEST_CASE(hostile_manifests_lead_nowhere) {
  const TempFolder f;
  write_export(f / "e", ExportFormat::eml, samples());
  const std::string manifest = slurp(f / "e/manifest.json");
  for (const std::string bad : {"/etc/passwd", "../../etc/passwd", "mail/../../x", "mail/./x", "mail//x", "mail/", ""}) {
    std::string m = manifest;
    const std::string old = "mail/INBOX/0000000005.eml";
    m.replace(m.find(old), old.size(), bad);
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(!parse_manifest(m)); }
  }
  for (std::size_t n = 0; n < manifest.size(); n += 97) BOOST_TEST(!parse_manifest(manifest.substr(0, n)));
  BOOST_TEST(!parse_manifest("[]"));
  BOOST_TEST(!parse_manifest(std::string(100'000, '[')));
  BOOST_TEST(!parse_manifest(R"({"schema":"congthu.export/2"})"));
  std::filesystem::remove_all(f / "e/mail/INBOX");
  std::filesystem::create_directory_symlink("/etc", f / "e/mail/INBOX");
  const Taken t = take_all(*need(ExportSource::open(f / "e", {})));
  BOOST_TEST(t.messages.size() + t.problems.size() == samples().size());
  BOOST_TEST(t.problems.front().what.find("symbolic link") != std::string::npos);
  std::filesystem::rename(f / "e/manifest.json", f / "e/manifest.json.part");
  BOOST_TEST(ExportSource::open(f / "e", {}).error().detail().find("not finished") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_export_overwrites_nothing) {
  const TempFolder f;
  f.write("x/file", "mine");
  BOOST_TEST((ExportWriter::create(f / "x", {}, {}).error().code() == Errc::exists));
  BOOST_TEST((ExportWriter::create(f / "x/file", {}, {}).error().code() == Errc::exists));
  BOOST_TEST(slurp(f / "x/file") == "mine");
  BOOST_TEST((ExportWriter::create("/proc/none/x", {}, {}).error().code() == Errc::io));
}

BOOST_AUTO_TEST_CASE(names_of_files_are_safe_everywhere) {
  const std::pair<std::string, std::string> levels[] = {
      {"Công văn", "Công văn"}, {"Co\xcc\x82ng", "Công"}, {"a\\b:c*d?e\"f<g>h|i", "a_b_c_d_e_f_g_h_i"}, {"..", "_"}, {".hidden", "_.hidden"}, {"end. ", "end"},
      {"con", "_con"}, {"COM1.txt", "_COM1.txt"}, {"x.mbox", "x.mbox_"}, {"0000000001.eml", "0000000001.eml_"}, {"a\nb", "a_b"}, {"-rf", "-rf"}};
  for (const auto& [given, wanted] : levels) BOOST_TEST(safe_level(given) == wanted);
  std::string accents;
  for (int i = 0; i < 120; ++i) accents += "ế";
  BOOST_TEST((safe_level(accents).size() <= 180 && safe_level(accents).size() % 3 == 0));
  PathNames names;
  BOOST_TEST(names.path_of("Thư", ".mbox") == "Thư.mbox");
  BOOST_TEST(names.path_of("THƯ", ".mbox") == "THƯ (2).mbox");
  BOOST_TEST(names.path_of("a:b", "") == "a_b");
  BOOST_TEST(names.path_of("a*b", "") == "a_b (2)");
}

BOOST_AUTO_TEST_CASE(keys_sign_and_are_kept_private) {
  const TempFolder f;
  BOOST_REQUIRE(kKey.save(f / "k.pem"));
  BOOST_TEST((kKey.save(f / "k.pem").error().code() == Errc::exists));
  const auto again = need(base::SigningKey::load(f / "k.pem"));
  BOOST_TEST((again.public_key() == kKey.public_key()));
  const std::string signature = again.sign("bản kê");
  BOOST_TEST(kKey.public_key().verify("bản kê", signature));
  BOOST_TEST(!kKey.public_key().verify("bản kê ", signature));
  BOOST_TEST(!kKey.public_key().verify("bản kê", signature.substr(1)));
  BOOST_TEST((need(base::PublicKey::from_pem(kKey.public_key().pem())) == kKey.public_key()));
  std::filesystem::permissions(f / "k.pem", std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  BOOST_TEST((base::SigningKey::load(f / "k.pem").error().code() == Errc::denied));
  BOOST_TEST((base::SigningKey::load(f / "none").error().code() == Errc::not_found));
  BOOST_TEST(!base::SigningKey::from_pem("x"));
  BOOST_TEST(!base::PublicKey::from_pem(kKey.pem()));
}

BOOST_AUTO_TEST_SUITE_END()
