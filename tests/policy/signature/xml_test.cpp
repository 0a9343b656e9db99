// XML signatures of files, ODF and OOXML packages. What is signed is written here in its canonical form by hand, so that nothing of the
// code under test makes its own input.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <zip.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/handle.hpp"
#include "policy/xmlsig/xmlsig.hpp"
#include "tests/policy/signature/cast.hpp"

namespace {

using policy::Code;
using policy::Verdict;
using test::expect;
using test::pki;
using Entries = std::vector<std::pair<std::string, std::string>>;

const std::string kC14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const std::string kNs = " xmlns=\"http://www.w3.org/2000/09/xmldsig#\"";

std::string sha256_base64(const std::string& bytes) { return base::base64_encode(base::view(base::sha256(bytes))); }

std::string pem_body(const std::string& pem) {
  const std::size_t begin = pem.find('\n') + 1, end = pem.find("-----END");
  std::string out = pem.substr(begin, end - begin);
  std::erase(out, '\n');
  return out;
}

std::string key_signs(const std::string& key_pem, const std::string& bytes) {
  const base::Handle<BIO, BIO_free_all> bio(BIO_new_mem_buf(key_pem.data(), int(key_pem.size())));
  const base::Handle<EVP_PKEY, EVP_PKEY_free> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  const base::Handle<EVP_MD_CTX, EVP_MD_CTX_free> ctx(EVP_MD_CTX_new());
  std::string out(1024, '\0');
  std::size_t n = out.size();
  BOOST_REQUIRE(EVP_DigestSignInit(ctx.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
  BOOST_REQUIRE(EVP_DigestSign(ctx.get(), reinterpret_cast<unsigned char*>(out.data()), &n, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1);
  out.resize(n);
  return out;
}

std::string method(const std::string& name, const std::string& algorithm) { return "<" + name + " Algorithm=\"" + algorithm + "\"></" + name + ">"; }

std::string reference_to(const std::string& uri, const std::string& canonical_bytes, const std::string& transforms = {}, const std::string& type = {}) {
  return "<Reference" + (type.empty() ? "" : " Type=\"" + type + "\"") + " URI=\"" + uri + "\">" + (transforms.empty() ? "" : "<Transforms>" + transforms + "</Transforms>") +
         method("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256") + "<DigestValue>" + sha256_base64(canonical_bytes) + "</DigestValue></Reference>";
}

struct XmlSigning {
  std::string references, objects;  // objects: text behind KeyInfo
  std::string attributes;           // of Signature
  std::vector<std::string> more_certificates;  // before the signer's own
};

std::string signature_element(const XmlSigning& s, const test::Identity& who) {
  const std::string inside = method("CanonicalizationMethod", kC14n) + method("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256") + s.references;
  const std::string value = key_signs(who.key, "<SignedInfo" + kNs + ">" + inside + "</SignedInfo>");
  std::string certificates;
  for (const std::string& pem : s.more_certificates) certificates += "<X509Certificate>" + pem_body(pem) + "</X509Certificate>";
  return "<Signature" + s.attributes + kNs + "><SignedInfo>" + inside + "</SignedInfo><SignatureValue>" + base::base64_encode(value) +
         "</SignatureValue><KeyInfo><X509Data>" + certificates + "<X509Certificate>" + pem_body(who.certificate) + "</X509Certificate></X509Data></KeyInfo>" + s.objects +
         "</Signature>";
}

const std::string kEnveloped = method("Transform", "http://www.w3.org/2000/09/xmldsig#enveloped-signature");

// <don> ... </don> with an enveloped signature over all of it.
std::string signed_file(const std::string& body, const XmlSigning& more = {}) {
  XmlSigning s = more;
  s.references = reference_to("", "<don>" + body + "</don>", kEnveloped) + more.references;
  return "<?xml version=\"1.0\"?>\n<don>" + body + signature_element(s, pki().user) + "</don>";
}

policy::VerifyReport report_of(policy::xmlsig::Signatures&& s) {
  policy::VerifyReport out;
  out.verdict = policy::overall(s.found);
  for (const auto& one : s.found)
    for (const auto& r : one.reasons) policy::add(out.reasons, r.code, r.detail);
  out.signatures = std::move(s.found);
  return out;
}

policy::smime::Options xml_judging() {
  policy::smime::Options o = test::mail_options();
  o.site_agencies = {"Sở Ví dụ"};
  return o;
}

policy::VerifyReport judge_xml(const std::string& xml, const policy::trust::TrustStore& trust = test::trust()) {
  return report_of(policy::xmlsig::verify_xml(xml, trust, xml_judging()));
}

std::string zipped(const Entries& entries) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  BOOST_REQUIRE(zip != nullptr);
  for (const auto& [name, bytes] : entries) {
    zip_source_t* one = zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
    BOOST_REQUIRE(zip_file_add(zip, name.c_str(), one, ZIP_FL_ENC_UTF_8) >= 0);
  }
  BOOST_REQUIRE(zip_close(zip) == 0);
  zip_source_open(target);
  zip_source_seek(target, 0, SEEK_END);
  std::string out(std::size_t(zip_source_tell(target)), '\0');
  zip_source_seek(target, 0, SEEK_SET);
  zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  zip_source_free(target);
  return out;
}

policy::VerifyReport judge_package(const Entries& entries) {
  return report_of(policy::xmlsig::verify_package(zipped(entries), test::trust(), xml_judging(), {}));
}

// ---- ODF

const std::string kManifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"></manifest:manifest>";

Entries odf_files() {
  return {{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", "<a b=\"2\" a='1'/>"}, {"Pictures/hình.png", "PNG"}, {"META-INF/manifest.xml", kManifest}};
}

Entries signed_odf(const Entries& files, const std::vector<std::string>& leave_out = {}) {
  std::string references;
  for (const auto& [name, bytes] : files) {
    if (std::find(leave_out.begin(), leave_out.end(), name) != leave_out.end()) continue;
    if (name == "content.xml") references += reference_to(name, "<a a=\"1\" b=\"2\"></a>", method("Transform", kC14n));
    else references += reference_to(name == "Pictures/hình.png" ? "Pictures/h%C3%ACnh.png" : name, bytes);
  }
  Entries out = files;
  out.emplace_back("META-INF/documentsignatures.xml", "<document-signatures xmlns=\"urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0\">" +
                                                          signature_element({references, "", "", {}}, pki().user) + "</document-signatures>");
  return out;
}

// ---- OOXML

const std::string kWordType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const std::string kRelsType = "application/vnd.openxmlformats-package.relationships+xml";
const std::string kRels = "http://schemas.openxmlformats.org/package/2006/relationships";
const std::string kOffice = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
const std::string kCore = kRels + "/metadata/core-properties";

std::string types_xml(const std::string& document_type = kWordType) {
  return "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"" + kRelsType +
         "\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"" + document_type +
         "\"/><Override PartName=\"/_xmlsignatures/sig1.xml\" ContentType=\"application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml\"/></Types>";
}

std::string relation(const std::string& id, const std::string& type, const std::string& target, const std::string& mode = {}) {
  return "<Relationship Id=\"" + id + "\" Type=\"" + type + "\" Target=\"" + target + "\"" + (mode.empty() ? "" : " TargetMode=\"" + mode + "\"") + "/>";
}
std::string rels_xml(const std::string& relations) { return "<Relationships xmlns=\"" + kRels + "\">" + relations + "</Relationships>"; }

// What the relationship transform makes of one.
std::string canonical_relation(const std::string& id, const std::string& type, const std::string& target) {
  return "<Relationship Id=\"" + id + "\" Target=\"" + target + "\" TargetMode=\"Internal\" Type=\"" + type + "\"></Relationship>";
}

Entries ooxml_files() {
  return {{"[Content_Types].xml", types_xml()},
          {"_rels/.rels", rels_xml(relation("rId2", kCore, "docProps/core.xml") + relation("rId1", kOffice, "word/document.xml"))},
          {"word/document.xml", "<w:document xmlns:w=\"w\"/>"},
          {"docProps/core.xml", "<a/>"}};
}

Entries signed_ooxml(const Entries& files, const std::string& more_references = {}) {
  const std::string transform = "<Transform Algorithm=\"http://schemas.openxmlformats.org/package/2006/RelationshipTransform\"><mdssi:RelationshipReference "
                                "xmlns:mdssi=\"http://schemas.openxmlformats.org/package/2006/digital-signature\" SourceId=\"rId1\"></mdssi:RelationshipReference></Transform>" +
                                method("Transform", kC14n);
  const std::string manifest = reference_to("/_rels/.rels?ContentType=" + kRelsType, rels_xml(canonical_relation("rId1", kOffice, "word/document.xml")), transform) +
                               reference_to("/word/document.xml?ContentType=" + kWordType, "<w:document xmlns:w=\"w\"/>") + more_references;
  const std::string object = "<Object Id=\"idPackageObject\"><Manifest>" + manifest + "</Manifest></Object>";
  std::string canonical_object = object;
  canonical_object.insert(canonical_object.find(" Id="), kNs);
  XmlSigning s;
  s.references = reference_to("#idPackageObject", canonical_object, "", "http://www.w3.org/2000/09/xmldsig#Object");
  s.objects = object;
  Entries out = files;
  out.emplace_back("_xmlsignatures/sig1.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + signature_element(s, pki().user));
  return out;
}

Entries with(Entries files, const std::string& name, const std::string& bytes) {
  for (auto& [one, content] : files)
    if (one == name) return content = bytes, files;
  files.emplace_back(name, bytes);
  return files;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_signatures)

BOOST_AUTO_TEST_CASE(an_enveloped_signature_over_the_whole_file_is_valid) {
  const std::string good = signed_file("<so>12</so>");
  const auto r = judge_xml(good);
  expect(r, Verdict::valid, Code::verified);
  BOOST_TEST(r.signatures.at(0).signer->common_name == "Nguyễn Văn An");
  std::string changed = good;
  changed.replace(changed.find("12"), 2, "13");
  expect(judge_xml(changed), Verdict::invalid, Code::digest_mismatch, "changed");
  std::string value = good;
  const std::size_t at = value.find("<SignatureValue>") + 20;
  value[at] = value[at] == 'A' ? 'B' : 'A';
  expect(judge_xml(value), Verdict::invalid, Code::signature_value_bad, "value");
  expect(judge_xml(good, policy::trust::TrustStore{}), Verdict::indeterminate, Code::untrusted_issuer, "no trust");
  expect(judge_xml(good, test::trust_in(pki(), policy::AnchorClass::public_)), Verdict::spoof, Code::anchor_not_allowed, "another's anchor");
  BOOST_TEST((judge_xml("<don/>").verdict == Verdict::unsigned_));
}

BOOST_AUTO_TEST_CASE(canonical_forms_hide_spelling_and_nothing_else) {
  const std::string canonical = "<so a=\"1\" b=\"2\"></so>";
  std::string spelled = signed_file(canonical);
  spelled.replace(spelled.find(canonical), canonical.size(), "<so   b='2'\n a=\"&#49;\" />");
  expect(judge_xml(spelled), Verdict::valid, Code::verified, "spelled otherwise");
  spelled.replace(spelled.find("b='2'"), 5, "b='3'");
  expect(judge_xml(spelled), Verdict::invalid, Code::digest_mismatch, "another value");
}

BOOST_AUTO_TEST_CASE(what_another_reader_could_take_otherwise_is_never_valid) {
  const std::string good = signed_file("<so>12</so>");
  const auto with_text = [&](const std::string& what, const std::string& by) {
    std::string out = good;
    BOOST_REQUIRE(out.find(what) != std::string::npos);
    return out.replace(out.find(what), what.size(), by);
  };
  expect(judge_xml(with_text("<don>", "<!DOCTYPE don [<!ENTITY e \"x\">]><don>")), Verdict::indeterminate, Code::xml_signature_not_verified, "doctype");
  expect(judge_xml(with_text("<SignedInfo>", "<SignedInfo></SignedInfo><SignedInfo>")), Verdict::invalid, Code::malformed_xml_signature, "two SignedInfo");
  expect(judge_xml(with_text("xmldsig#enveloped-signature", "xmldsig#base64")), Verdict::invalid, Code::xml_signature_not_verified, "base64");
  expect(judge_xml(with_text("xmldsig-more#rsa-sha256", "xmldsig#hmac-sha1")), Verdict::indeterminate, Code::unsupported_algorithm, "HMAC");
  BOOST_TEST((judge_xml(with_text("<KeyInfo>", "<KeyInfo><X509Data></X509Data></KeyInfo><KeyInfo>")).verdict == Verdict::invalid));
  // Another certificate first does not change who is shown.
  XmlSigning two;
  two.more_certificates = {pki().sub.certificate};
  const auto r = judge_xml(signed_file("<so>12</so>", two));
  expect(r, Verdict::valid, Code::verified, "two certificates");
  BOOST_TEST(r.signatures.at(0).signer->common_name == "Nguyễn Văn An");
  // A key alone is nobody's.
  std::string bare = good;
  const std::size_t begin = bare.find("<X509Certificate>"), end = bare.find("</X509Certificate>") + 18;
  bare.erase(begin, end - begin);
  expect(judge_xml(bare), Verdict::indeterminate, Code::signer_certificate_missing, "no certificate");
}

BOOST_AUTO_TEST_CASE(a_signature_over_an_element_is_not_the_files) {
  const std::string part = "<phan Id=\"p\">mot</phan>";
  XmlSigning s;
  s.references = reference_to("#p", part);
  const std::string own = signature_element(s, pki().user);
  expect(judge_xml("<don>" + part + "<them>hai</them>" + own + "</don>"), Verdict::indeterminate, Code::xml_signature_not_verified, "a part");
  // Signature wrapping: the signed element is moved away and another stands in its place under the same name.
  expect(judge_xml("<don><phan id=\"p\">ba</phan><cu>" + part + "</cu>" + own + "</don>"), Verdict::invalid, Code::malformed_xml_signature, "two of that Id");
  expect(judge_xml("<don>" + own + "</don>"), Verdict::invalid, Code::malformed_xml_signature, "none of that Id");
  XmlSigning root;
  root.references = reference_to("#r", "<don Id=\"r\">mot</don>", kEnveloped);
  expect(judge_xml("<don Id=\"r\">mot" + signature_element(root, pki().user) + "</don>"), Verdict::valid, Code::verified, "the root element");
  XmlSigning outside;
  outside.references = reference_to("/etc/passwd", "x");
  expect(judge_xml("<don>" + signature_element(outside, pki().user) + "</don>"), Verdict::indeterminate, Code::xml_signature_not_verified, "another file");
}

BOOST_AUTO_TEST_CASE(an_odf_signature_must_cover_every_file) {
  const Entries good = signed_odf(odf_files());
  expect(judge_package(good), Verdict::valid, Code::verified);
  expect(judge_package(with(good, "content.xml", "<a b=\"2\" a='2'/>")), Verdict::invalid, Code::digest_mismatch, "content");
  expect(judge_package(with(good, "Basic/script.xml", "<x/>")), Verdict::spoof, Code::package_partly_signed, "a file added");
  for (const char* name : {"mimetype", "Pictures/hình.png", "META-INF/manifest.xml"})
    expect(judge_package(signed_odf(odf_files(), {name})), Verdict::spoof, Code::package_partly_signed, name);
  expect(judge_package(with(good, "META-INF/macrosignatures.xml", "<x/>")), Verdict::indeterminate, Code::xml_signature_not_verified, "macros");
  BOOST_TEST((judge_package(with(good, "META-INF/documentsignatures.xml", "<x/>")).verdict == Verdict::unsigned_));  // a list of none
  Entries missing = good;
  std::erase_if(missing, [](const auto& e) { return e.first == "Pictures/hình.png"; });
  expect(judge_package(missing), Verdict::invalid, Code::digest_mismatch, "a file gone");
  const std::string locked = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:encryption-data/></manifest:manifest>";
  expect(judge_package(signed_odf(with(odf_files(), "META-INF/manifest.xml", locked))), Verdict::indeterminate, Code::encrypted_document, "encrypted");
}

BOOST_AUTO_TEST_CASE(an_ooxml_signature_must_cover_every_part_and_relationship) {
  const Entries good = signed_ooxml(ooxml_files());
  expect(judge_package(good), Verdict::valid, Code::verified);
  expect(judge_package(with(good, "docProps/core.xml", "<b/>")), Verdict::valid, Code::verified, "properties are not signed");
  expect(judge_package(with(good, "word/document.xml", "<w:document xmlns:w=\"x\"/>")), Verdict::invalid, Code::digest_mismatch, "content");
  expect(judge_package(with(good, "word/footnotes.xml", "<x/>")), Verdict::spoof, Code::package_partly_signed, "a part added");
  const std::string two = rels_xml(relation("rId1", kOffice, "word/document.xml") + relation("rId3", kOffice, "word/other.xml"));
  expect(judge_package(with(good, "_rels/.rels", two)), Verdict::spoof, Code::package_partly_signed, "a relationship added");
  const std::string other = rels_xml(relation("rId1", kOffice, "word/other.xml"));
  expect(judge_package(with(good, "_rels/.rels", other)), Verdict::invalid, Code::digest_mismatch, "a relationship changed");
  expect(judge_package(with(good, "word/_rels/document.xml.rels", rels_xml(relation("r1", kRels + "/image", "http://songla.gov.vn/x.png", "External")))), Verdict::spoof,
         Code::package_partly_signed, "an image from elsewhere");
  expect(judge_package(with(good, "[Content_Types].xml", types_xml("application/vnd.ms-word.document.macroEnabled.main+xml"))), Verdict::spoof,
         Code::package_partly_signed, "another content type");
  expect(judge_package(with(good, "_xmlsignatures/sig2.xml", "<x/>")), Verdict::invalid, Code::malformed_xml_signature, "a signature part that is none");
  Entries missing = good;
  std::erase_if(missing, [](const auto& e) { return e.first == "word/document.xml"; });
  expect(judge_package(missing), Verdict::invalid, Code::digest_mismatch, "a part gone");
  // What is not in a signed manifest is not signed, whatever the manifest beside it says.
  Entries moved = good;
  std::string& sig = moved.back().second;
  const std::size_t at = sig.find("<Object"), end = sig.find("</Object>") + 9;
  const std::string object = sig.substr(at, end - at);
  sig.replace(at, end - at, "<Object Id=\"idPackageObject\"></Object><Object>" + object.substr(object.find("<Manifest>"), object.find("</Object>") - object.find("<Manifest>")) + "</Object>");
  expect(judge_package(moved), Verdict::invalid, Code::digest_mismatch, "the manifest moved");
}

BOOST_AUTO_TEST_CASE(archives_that_readers_differ_on_are_not_judged) {
  Entries twice = signed_odf(odf_files());
  twice.emplace_back("CONTENT.XML", "<b/>");
  BOOST_TEST((judge_package(twice).verdict != Verdict::valid));
  const std::string zip = zipped(signed_odf(odf_files()));
  for (std::size_t n = 0; n < zip.size(); n += 97)
    BOOST_TEST_REQUIRE((report_of(policy::xmlsig::verify_package(zip.substr(0, n), test::trust(), xml_judging(), {})).verdict != Verdict::valid), n);
  BOOST_TEST(!policy::xmlsig::verify_package("MZ" + zip, test::trust(), xml_judging(), {}).looked);
  policy::xmlsig::PackageLimits small;
  small.total_bytes = 100;
  BOOST_TEST((report_of(policy::xmlsig::verify_package(zip, test::trust(), xml_judging(), small)).verdict != Verdict::valid));
}

BOOST_AUTO_TEST_CASE(every_changed_byte_of_a_signed_file_changes_the_verdict_or_nothing_that_is_signed) {
  const std::string good = signed_file("<so>12</so>");
  const std::size_t from = good.find("<don>"), until = good.find("<KeyInfo>");
  for (std::size_t i = from; i < until; i += 5) {
    std::string bad = good;
    bad[i] = bad[i] == 'x' ? 'y' : 'x';
    BOOST_TEST_REQUIRE((judge_xml(bad).verdict != Verdict::valid), i << ": " << bad.substr(i, 20));
  }
}

BOOST_AUTO_TEST_SUITE_END()
