#include "policy/pdf/revision.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "policy/pdf/tail.hpp"

namespace policy::pdf {
namespace {

constexpr std::size_t kMaxDiffObjects = 300000, kMaxExplained = 20000, kMaxDiffFields = 20000;
constexpr int kMaxDiffDepth = 32;
using Number = std::uint32_t;
using Keys = std::initializer_list<std::string_view>;

bool among(std::string_view key, Keys keys) { return std::find(keys.begin(), keys.end(), key) != keys.end(); }

bool same(const Object& a, const Object& b) {
  if (a.kind != b.kind || a.number != b.number || a.generation != b.generation || a.text != b.text || a.items.size() != b.items.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    const Object* other = a.kind == Kind::dictionary ? b.get(a.keys[i]) : &b.items[i];
    if (a.kind == Kind::dictionary && a.items[i].kind == Kind::null && other == nullptr) continue;
    if (other == nullptr || !same(a.items[i], *other)) return false;
  }
  return true;
}
bool same(const Object* a, const Object* b) { return a == nullptr || b == nullptr ? a == b : same(*a, *b); }

template <class F>
void for_each_reference(const Object& o, const F& f) {
  if (o.kind == Kind::reference) f(o);
  for (const Object& item : o.items) for_each_reference(item, f);
}

bool is_a(const Object& dictionary, std::string_view type) {
  const Object* t = dictionary.get("Type");
  return t != nullptr && t->is_name(type);
}

// A rectangle without area shows nothing (ISO 32000-2 12.7.5.5: such a signature field is invisible).
bool shows_nothing(const Object& field) {
  const Object* rect = field.get("Rect");
  if (field.get("AP")) return false;
  if (rect == nullptr) return true;
  if (rect->kind != Kind::array || rect->items.size() != 4) return false;
  return same(rect->items[0], rect->items[2]) || same(rect->items[1], rect->items[3]);
}

class Diff {
 public:
  Diff(File& before, File& after, const Permissions& permissions) : old_(before), new_(after), permissions_(permissions) {}

  Changes run() {
    find_changes();
    if (out_.forbidden.empty() && !out_.unreadable) read_old();
    if (out_.forbidden.empty() && !out_.unreadable) trailer();
    if (out_.forbidden.empty() && !out_.unreadable) pages();
    if (out_.forbidden.empty() && !out_.unreadable) left_behind();
    for (const Number n : changed_)
      if (!explained_.contains(n)) forbid("object " + std::to_string(n));
    return std::move(out_);
  }

 private:
  void forbid(const std::string& what) {
    if (out_.forbidden.empty()) out_.forbidden = what;
  }

  static bool live(const File& file, Number n) {
    const auto it = file.entries().find(n);
    return it != file.entries().end() && it->second.type != File::Entry::Type::free;
  }
  bool is_new(Number n) const { return live(new_, n) && !live(old_, n); }
  bool is_changed(const Object* o) const { return o && o->kind == Kind::reference && changed_.contains(Number(o->number)); }

  void find_changes() {
    if (new_.entries().size() > kMaxDiffObjects) return void(out_.unreadable = true);
    for (const auto& [n, entry] : old_.entries())
      if (entry.type != File::Entry::Type::free && !live(new_, n)) return forbid("object " + std::to_string(n) + " was removed");
    for (const auto& [n, entry] : new_.entries()) {
      if (entry.type == File::Entry::Type::free) continue;
      const auto was = old_.entries().find(n);
      if (was != old_.entries().end() && was->second == entry) continue;
      if (entry.type == File::Entry::Type::offset && entry.at < old_.bytes().size()) return forbid("object " + std::to_string(n) + " of earlier bytes");
      changed_.insert(n);
    }
    for (const Number n : changed_) container(n);
  }

  // Cross-reference and object streams hold what is looked at by itself.
  void container(Number n) {
    const auto object = is_new(n) ? new_.load(n) : std::nullopt;
    if (object && object->in_file && (is_a(object->object, "XRef") || is_a(object->object, "ObjStm"))) explained_.insert(n);
  }

  // What every object of the signed revision refers to. A number that is used there but not defined was left open for later: a
  // shadow attack (NDSS 2021), whatever else refers to it now.
  void read_old() {
    for (const auto& [n, entry] : old_.entries()) {
      if (entry.type == File::Entry::Type::free) continue;
      const auto object = old_.load(n);
      if (!object) return void(out_.unreadable = true);
      const Object& o = object->object;
      if (o.kind == Kind::dictionary && (is_a(o, "XRef") || is_a(o, "ObjStm"))) continue;
      for_each_reference(o, [&, owner = n](const Object& r) {
        if (!live(old_, Number(r.number))) dangling_.insert(Number(r.number));
        referrers_[Number(r.number)].insert(owner);
      });
      if (is_a(o, "Page")) pages_.push_back(n);
    }
  }

  void explain(const Object* o) {
    if (o && o->kind == Kind::reference && changed_.contains(Number(o->number))) explained_.insert(Number(o->number));
  }

  // New objects and what they refer to, as far as that is new; an object of old bytes is never explained by it.
  void explain_new(const Object& o) {
    for_each_reference(o, [&](const Object& r) {
      const auto n = Number(r.number);
      if (!is_new(n) || explained_.contains(n)) return;
      if (dangling_.contains(n)) return forbid("object " + std::to_string(n) + " was left open in the signed revision");
      if (explained_.size() > kMaxExplained) return forbid("too many new objects");
      explained_.insert(n);
      if (const auto loaded = new_.load(n)) explain_new(loaded->object);
    });
  }

  std::optional<Object> dictionary(File& file, const Object* o) {
    const auto loaded = o ? file.resolve(*o) : std::nullopt;
    if (!loaded || loaded->object.kind != Kind::dictionary) return std::nullopt;
    return loaded->object;
  }
  std::optional<Object> array(File& file, const Object* o) {
    const auto loaded = o ? file.resolve(*o) : std::nullopt;
    if (!loaded || loaded->object.kind != Kind::array) return std::nullopt;
    return loaded->object;
  }

  // Every key but `free` must be as it was. False, and forbidden, otherwise.
  bool keys_kept(const Object& before, const Object& after, Keys free, const std::string& what) {
    for (const Object* side : {&before, &after})
      for (const std::string& key : side->keys)
        if (!among(key, free) && !same(before.get(key), after.get(key))) return forbid(what + " /" + key), false;
    return !after.duplicate_keys || (forbid(what + ": a key twice"), false);
  }

  void trailer() {
    const Object &before = old_.trailer(), &after = new_.trailer();
    const Keys kOfFile = {"Size", "Prev", "ID", "Info", "Type", "W", "Index", "Filter", "Length", "DecodeParms"};
    if (!keys_kept(before, after, kOfFile, "trailer")) return;
    info(before.get("Info"), after.get("Info"));
    catalog();
  }

  void info(const Object* before, const Object* after) {
    const auto was = dictionary(old_, before), is = dictionary(new_, after);
    if (!is) return before && !after ? void() : same(before, after) ? void() : forbid("/Info");
    keys_kept(was.value_or(Object{}), *is, {"ModDate", "Producer", "CreationDate", "Creator"}, "/Info");
    explain(after);
  }

  void catalog() {
    const Object* root = new_.trailer().get("Root");
    const auto was = dictionary(old_, old_.trailer().get("Root")), is = dictionary(new_, root);
    if (!was || !is) return void(out_.unreadable = true);
    if (!keys_kept(*was, *is, {"AcroForm", "DSS", "Extensions", "Version", "Metadata"}, "catalog")) return;
    explain(root);
    if (const Object* extensions = is->get("Extensions")) explain_new(*extensions);
    metadata(was->get("Metadata"), is->get("Metadata"));
    evidence(was->get("DSS"), is->get("DSS"));
    form(was->get("AcroForm"), is->get("AcroForm"));
  }

  void metadata(const Object* before, const Object* after) {
    if (!after) return;
    const auto is = dictionary(new_, after);
    if (!is || !is_a(*is, "Metadata")) return forbid("/Metadata");
    if (same(before, after) && is_changed(after) && only_from(Number(after->number), {Number(old_.trailer().get("Root")->number)})) explain(after);
    explain_new(*after);
  }

  bool only_from(Number n, const std::set<Number>& owners) {
    const auto it = referrers_.find(n);
    return it == referrers_.end() || std::includes(owners.begin(), owners.end(), it->second.begin(), it->second.end());
  }

  // --- DSS (ISO 32000-2 12.8.4.3): certificates, CRLs and answers as streams in arrays, and VRI by signature.

  bool evidence_shape(File& file, const Object& o, int depth) {
    const auto loaded = file.resolve(o);
    if (!loaded || depth > 6) return false;
    if (loaded->object.kind == Kind::array)
      return std::all_of(loaded->object.items.begin(), loaded->object.items.end(), [](const Object& i) { return i.kind == Kind::reference; });
    if (loaded->object.kind != Kind::dictionary) return true;  // a value that refers to nothing
    for (std::size_t i = 0; i < loaded->object.keys.size(); ++i) {
      const std::string& key = loaded->object.keys[i];
      if (among(key, {"Type", "TU", "TS", "Extensions"})) continue;
      const bool list = among(key, {"Certs", "CRLs", "OCSPs", "Cert", "CRL", "OCSP"});
      const bool by_signature = key.size() == 40 && key.find_first_not_of("0123456789ABCDEFabcdef") == std::string::npos;
      if (!list && !by_signature && key != "VRI") return false;
      if (!evidence_shape(file, loaded->object.items[i], depth + 1)) return false;
    }
    return true;
  }

  void reach(const Object& o, std::set<Number>& out) {  // in the signed revision, below its DSS
    for_each_reference(o, [&](const Object& r) {
      if (out.size() > kMaxExplained || !out.insert(Number(r.number)).second) return;
      if (const auto loaded = old_.resolve(r)) reach(loaded->object, out);
    });
  }

  void evidence(const Object* before, const Object* after) {
    if (!after) return before ? forbid("/DSS was removed") : void();
    if (!evidence_shape(new_, *after, 0)) return forbid("/DSS");
    std::set<Number> below;
    if (before) reach(*before, below);
    grown(*after, below, 0);
    out_.evidence = out_.evidence || !same(before, after) || is_changed(after);
  }

  // Containers of the old DSS may be written anew when nothing else refers to them; streams may not.
  void grown(const Object& o, const std::set<Number>& below, int depth) {
    if (depth > 8) return;
    std::set<Number> owners = below;
    owners.insert(Number(old_.trailer().get("Root")->number));
    if (is_changed(&o) && below.contains(Number(o.number)) && only_from(Number(o.number), owners)) {
      const auto was = old_.resolve(o), is = new_.resolve(o);
      const bool container = was && is && was->object.kind == is->object.kind &&
                             (is->object.kind == Kind::array || (is->object.kind == Kind::dictionary && !is->object.get("Length")));
      if (container) explain(&o), out_.evidence = true;
    }
    explain_new(o);
    const auto loaded = new_.resolve(o);
    if (!loaded) return;
    for (const Object& item : loaded->object.items) grown(item, below, depth + 1);
  }

  // --- The form and its fields.

  void form(const Object* before, const Object* after) {
    if (!after) return before ? forbid("/AcroForm was removed") : void();
    const auto was = dictionary(old_, before), is = dictionary(new_, after);
    if (!is || (before && !was)) return void(out_.unreadable = true);
    const Object nothing;
    const Object& form_was = was ? *was : nothing;
    if (!keys_kept(form_was, *is, {"Fields", "SigFlags", "DR", "DA"}, "/AcroForm")) return;
    if (was && was->get("DA") && !same(was->get("DA"), is->get("DA"))) return forbid("/AcroForm /DA");
    if (before && is_new_reference(after)) explain_new(*after);
    explain(after);
    if (!before) explain_form(*after);
    resources(form_was.get("DR"), is->get("DR"), 0);
    fields(form_was.get("Fields"), is->get("Fields"));
  }

  bool is_new_reference(const Object* o) const { return o->kind == Kind::reference && is_new(Number(o->number)); }

  // The form itself is new: its number alone, for its fields are looked at one by one.
  void explain_form(const Object& after) {
    if (after.kind == Kind::reference && dangling_.contains(Number(after.number))) forbid("/AcroForm was left open in the signed revision");
  }

  // Default resources may grow by new ones; what was there stays.
  void resources(const Object* before, const Object* after, int depth) {
    if (!after) return before ? forbid("/DR was removed") : void();
    if (same(before, after) && !is_changed(after)) return;
    const auto was = dictionary(old_, before), is = dictionary(new_, after);
    if (!before) return explain_new(*after);
    if (!was || !is || depth > 2) return forbid("/DR");
    explain(after);
    for (const std::string& key : was->keys) resources(was->get(key), is->get(key), depth + 1);
    for (const std::string& key : is->keys)
      if (!was->get(key)) explain_new(*is->get(key));
  }

  void fields(const Object* before, const Object* after) {
    const auto was = array(old_, before), is = array(new_, after);
    if ((before && !was) || (after && !is)) return void(out_.unreadable = true);
    const std::size_t kept = was ? was->items.size() : 0;
    if (!is) return kept > 0 ? forbid("/Fields was removed") : void();
    if (is->items.size() < kept) return forbid("/Fields lost a field");
    explain(after);
    for (std::size_t i = 0; i < is->items.size(); ++i) {
      if (i >= kept) new_field(is->items[i]);
      else if (!same(was->items[i], is->items[i])) return forbid("/Fields");
      else old_field(is->items[i], {}, {}, 0);
    }
  }

  void old_field(const Object& entry, const std::string& path, const std::string& inherited, int depth) {
    if (depth > kMaxDiffDepth || ++seen_fields_ > kMaxDiffFields) return forbid("too many fields");
    const auto was = dictionary(old_, &entry), is = dictionary(new_, &entry);
    if (!was || !is) return void(out_.unreadable = true);
    const Object* type = was->get("FT");
    const std::string kind = type ? type->text : inherited;
    std::string name = path;
    if (const Object* part = was->get("T")) name += (name.empty() ? "" : ".") + part->text;
    names_.insert(name);
    if (is_changed(&entry)) changed_field(entry, *was, *is, name, kind);
    const Object* kids = was->get("Kids");
    const auto list = kids ? array(new_, kids) : std::nullopt;
    if (!list) return;
    for (const Object& kid : list->items) old_field(kid, name, kind, depth + 1);
  }

  void changed_field(const Object& entry, const Object& was, const Object& is, const std::string& name, const std::string& kind) {
    const std::string what = "field " + name;
    if (kind == "Sig") {
      if (was.get("V") || !is.get("V")) return forbid(what);
      if (!keys_kept(was, is, {"V", "AP", "M"}, what)) return;
      if (permissions_.locks(name)) return forbid(what + " is locked");
      explain(&entry);
      signed_value(*is.get("V"), what);
    } else {
      const bool allowed = permissions_.level >= 2 && !permissions_.locks(name) && (kind == "Tx" || kind == "Ch" || kind == "Btn");
      if (!allowed) return forbid(what);
      if (!keys_kept(was, is, {"V", "AP", "AS", "RV", "I", "M"}, what)) return;
      explain(&entry);
      out_.filled = true;
      if (const Object* value = is.get("V")) explain_new(*value);
    }
    if (const Object* appearance = is.get("AP")) explain_new(*appearance);
  }

  void new_field(const Object& entry) {
    const auto is = dictionary(new_, &entry);
    const Object* type = is ? is->get("FT") : nullptr;
    if (!is || entry.kind != Kind::reference || !is_new(Number(entry.number)) || !type || !type->is_name("Sig")) return forbid("a new field");
    for (const char* key : {"Kids", "Parent", "A", "AA", "MK"})
      if (is->get(key)) return forbid(std::string("a new field with /") + key);
    const auto n = Number(entry.number);
    if (dangling_.contains(n)) return forbid("object " + std::to_string(n) + " was left open in the signed revision");
    const Object* name = is->get("T");
    if (!name || !names_.insert(name->text).second) return forbid("a new field without a name of its own");
    explained_.insert(n);
    widgets_.insert(n);
    if (const Object* value = is->get("V")) signed_value(*value, "field " + name->text);
    else if (!shows_nothing(*is) || permissions_.level == 1) return forbid("a new field that nobody signed");
    for (const char* key : {"AP", "Lock", "SV"})
      if (const Object* o = is->get(key)) explain_new(*o);
  }

  void signed_value(const Object& value, const std::string& what) {
    const auto loaded = new_.resolve(value);
    if (!loaded || loaded->object.kind != Kind::dictionary || !loaded->in_file) return forbid(what);
    const Object* format = loaded->object.get("SubFilter");
    const bool stamp = format && format->is_name("ETSI.RFC3161");
    if (permissions_.level == 1 && !stamp) return forbid(what + ": the certification permits no further signature");
    out_.new_signatures.push_back(loaded->object.begin);
    explain_new(value);
    explain_new(loaded->object);
  }

  // A program that draws an appearance twice leaves the first one behind, as poppler does: a new form that nothing refers to shows nothing.
  void left_behind() {
    std::set<Number> used;
    for (const Number n : changed_)
      if (const auto loaded = new_.load(n))
        for_each_reference(loaded->object, [&](const Object& r) { used.insert(Number(r.number)); });
    for_each_reference(new_.trailer(), [&](const Object& r) { used.insert(Number(r.number)); });
    for (const Number n : changed_) {
      if (explained_.contains(n) || used.contains(n) || dangling_.contains(n) || !is_new(n)) continue;
      const auto loaded = new_.load(n);
      const Object* kind = loaded && loaded->object.kind == Kind::dictionary && loaded->object.get("Length") ? loaded->object.get("Subtype") : nullptr;
      if (kind && kind->is_name("Form")) explained_.insert(n);
    }
  }

  // --- Pages: nothing but widgets of signatures may come to their annotations.

  void pages() {
    for (const Number n : pages_) {
      const auto was = old_.load(n), is = new_.load(n);
      if (!was || !is) return void(out_.unreadable = true);
      const Object *before = was->object.get("Annots"), *after = is->object.get("Annots");
      if (changed_.contains(n)) {
        if (!keys_kept(was->object, is->object, {"Annots"}, "page in object " + std::to_string(n))) return;
        explained_.insert(n);
      } else if (!is_changed(after)) {
        continue;
      }
      annotations(before, after);
    }
  }

  void annotations(const Object* before, const Object* after) {
    const auto was = array(old_, before), is = array(new_, after);
    if ((before && !was) || (after && !is)) return void(out_.unreadable = true);
    const std::size_t kept = was ? was->items.size() : 0;
    if (!is) return kept > 0 ? forbid("/Annots was removed") : void();
    if (is->items.size() < kept) return forbid("/Annots lost one");
    for (std::size_t i = 0; i < is->items.size(); ++i) {
      const Object& one = is->items[i];
      if (i < kept ? !same(was->items[i], one) : one.kind != Kind::reference || !widgets_.contains(Number(one.number))) return forbid("an annotation");
    }
    if (after->kind == Kind::reference && dangling_.contains(Number(after->number))) return forbid("/Annots was left open in the signed revision");
    explain(after);
  }

  File &old_, &new_;
  const Permissions& permissions_;
  Changes out_;
  std::set<Number> changed_, explained_, dangling_, widgets_;
  std::map<Number, std::set<Number>> referrers_;
  std::vector<Number> pages_;
  std::set<std::string> names_;
  std::size_t seen_fields_ = 0;
};

}  // namespace

Changes changes_after(File& after, std::size_t end, const Permissions& permissions) {
  Changes out;
  File before(after.bytes().substr(0, end));
  if (before.state() != FileState::good) return out.unreadable = true, out;
  const std::size_t start = before.sections().front().begin;
  const auto& sections = after.sections();
  const auto own = std::find_if(sections.begin(), sections.end(), [&](const File::Section& s) { return s.begin == start; });
  const bool in_order = own != sections.end() && std::all_of(sections.begin(), own, [end](const File::Section& s) { return s.begin >= end; });
  if (!in_order) return out.forbidden = "the later revision does not build upon the signed one", out;
  out.forbidden = unaccounted(after, end);
  if (!out.forbidden.empty()) return out;
  return Diff(before, after, permissions).run();
}

}  // namespace policy::pdf
