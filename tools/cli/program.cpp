#include "tools/cli/program.hpp"

#include <algorithm>
#include <numeric>

#include "base/unicode.hpp"
#include "tools/cli/cmd_hold.hpp"
#include "tools/cli/cmd_register.hpp"
#include "tools/cli/cmd_retention.hpp"

namespace cli {
namespace {

constexpr std::string_view kWithValue[] = {"-c", "--config", "--format", "--lang", "--as", "--as-password"};

// Language has to be known before the first help text is made, so it is looked for ahead of the real parse.
base::Lang early_language(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    std::string_view value;
    if (arg == "--") break;
    if (arg == "--lang" && i + 1 < argc) value = argv[i + 1];
    if (arg.starts_with("--lang=")) value = arg.substr(7);
    if (value == "en") return base::Lang::en;
    if (value == "vi") return base::Lang::vi;
  }
  return lang_from_environment();
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t(0));
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) out.push_back(sub->get_name());
  return out;
}

std::string padded(const std::string& left, std::size_t width) {
  const std::size_t used = base::display_width(left);
  return left + std::string(width > used ? width - used : 1, ' ');
}

std::string option_words(const CLI::Option* o) {
  std::string out = o->get_positional() ? o->get_name(true) : o->get_name(false, true);
  std::replace(out.begin(), out.end(), ',', ' ');
  if (!o->get_positional() && o->get_items_expected_max() > 0) out += " " + (o->get_type_name().empty() ? std::string("X") : o->get_type_name());
  return out;
}

std::string usage_words(const CLI::App* command) {
  std::string out;
  for (const CLI::App* a = command; a != nullptr; a = a->get_parent()) out = a->get_name() + (out.empty() ? "" : " ") + out;
  for (const CLI::Option* o : command->get_options()) {
    if (!o->get_positional()) continue;
    const std::string word = o->get_name(true) + (o->get_expected_max() > 1 ? "..." : "");
    out += " " + (o->get_required() ? word : "[" + word + "]");
  }
  for (const CLI::Option* o : command->get_options())
    if (!o->get_positional() && o->get_required()) out += " " + option_words(o);
  return out;
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& c : candidates) {
    const std::size_t d = distance(word.substr(0, 64), c);
    if (d < least) {
      least = d;
      best = c;
    }
  }
  return best;
}

Program::Program() : app("", "congthu") {
  app.require_subcommand(1, 1);
  app.set_version_flag("-V,--version", CONGTHU_VERSION);
}

void Program::common(CLI::App* a) {
  a->set_help_flag("-h,--help", words({"trợ giúp", "this help"}));
  a->add_option("-c,--config", config, words({"tệp cấu hình congthu.toml", "the configuration file congthu.toml"}))->type_name("FILE");
  a->add_option("--format", format_, words({"dạng kết quả: table, json hoặc csv", "form of the output: table, json or csv"}))->type_name("F");
  a->add_option("--lang", lang_, words({"ngôn ngữ: vi hoặc en", "language: vi or en"}))->type_name("L");
}

CLI::App* Program::command(CLI::App& parent, const std::string& name, base::Text summary, base::Text examples,
                           std::function<int(Console&)> run_it) {
  CLI::App* sub = parent.add_subcommand(name, words(summary));
  common(sub);
  examples_[sub] = words(examples);
  sub->final_callback([this, run_it = std::move(run_it)] { chosen = run_it; });
  return sub;
}

void Program::draws(CLI::App* c) {
  drawing_.push_back(c);
  c->get_option("--format")->description(words({"dạng kết quả: table, json, csv, html, xlsx hoặc pdf", "form of the output: table, json, csv, html, xlsx or pdf"}));
  c->add_option("-o,--output", output, words({"ghi vào tệp này, thay tệp cũ; đuôi tệp chọn dạng", "write to this file, replacing an old one; its ending chooses the form"}))->type_name("FILE");
}

CLI::App* Program::group(CLI::App& parent, const std::string& name, base::Text summary, base::Text examples) {
  CLI::App* sub = parent.add_subcommand(name, words(summary));
  sub->set_help_flag("-h,--help", words({"trợ giúp", "this help"}));
  sub->require_subcommand(1, 1);
  examples_[sub] = words(examples);
  return sub;
}

CLI::App* Program::deepest() {
  CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return at;
}

std::string Program::help(const CLI::App* command) const {
  std::string out = command->get_description().empty() ? "" : command->get_description() + "\n\n";
  const auto subs = command->get_subcommands([](const CLI::App*) { return true; });
  out += words({"Cách dùng: ", "Usage: "}) + usage_words(command) + (subs.empty() ? "" : words({" LỆNH ...", " COMMAND ..."})) + "\n";
  const auto section = [&](base::Text title, const std::vector<std::pair<std::string, std::string>>& lines) {
    if (lines.empty()) return;
    std::size_t width = 0;
    for (const auto& l : lines) width = std::max(width, base::display_width(l.first) + 2);
    out += "\n" + words(title) + "\n";
    for (const auto& l : lines) out += "  " + padded(l.first, width) + l.second + "\n";
  };
  std::vector<std::pair<std::string, std::string>> commands, positionals, options;
  for (const CLI::App* s : subs) commands.emplace_back(s->get_name(), s->get_description());
  for (const CLI::Option* o : command->get_options())
    (o->get_positional() ? positionals : options).emplace_back(option_words(o), o->get_description());
  section({"Lệnh:", "Commands:"}, commands);
  section({"Tham số:", "Arguments:"}, positionals);
  section({"Tùy chọn:", "Options:"}, options);
  const auto it = examples_.find(command);
  if (it != examples_.end() && !it->second.empty()) {
    out += "\n" + words({"Ví dụ:", "Examples:"}) + "\n";
    std::string_view rest = it->second;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      out += "  " + std::string(rest.substr(0, end)) + "\n";
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  out += "\n" + words({"Mã thoát: 0 xong · 1 kết luận xấu · 2 sai cách dùng · 3 không nối được máy chủ · 4 lỗi khác",
                       "Exit codes: 0 done · 1 a negative finding · 2 usage · 3 server unreachable · 4 other failure"}) + "\n";
  return out;
}

// CLI11 would call a mistyped command a missing one, so commands are looked at first.
int Program::misspelt(const std::vector<std::string>& args) {
  CLI::App* at = &app;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (std::find(std::begin(kWithValue), std::end(kWithValue), args[i]) != std::end(kWithValue)) {
      ++i;
      continue;
    }
    if (args[i].starts_with("-")) continue;
    const std::vector<std::string> names = names_of(*at);
    if (names.empty()) return 0;
    if (std::find(names.begin(), names.end(), args[i]) != names.end()) {
      at = at->get_subcommand(args[i]);
      continue;
    }
    const std::string guess = nearest(args[i], names);
    std::string list;
    for (const std::string& n : names) list += (list.empty() ? "" : ", ") + n;
    return con.fail(kUsage, con.text({"không có lệnh \"{}\"", "there is no command \"{}\""}, printable(args[i])),
                    guess.empty() ? con.text({"các lệnh: {}", "commands: {}"}, list)
                                  : con.text({"có phải ý bạn là \"{}\"? (các lệnh: {})", "did you mean \"{}\"? (commands: {})"}, guess, list));
  }
  return 0;
}

int Program::parse_failed(const CLI::ParseError& error) {
  const CLI::App* at = deepest();
  std::string what = error.what();
  if (const auto* r = dynamic_cast<const CLI::RequiredError*>(&error); r != nullptr) {
    const std::size_t end = what.find(" is required");
    what = what.starts_with("A subcommand") ? con.text({"thiếu tên lệnh", "a command is missing"})
                                            : con.text({"thiếu {}", "{} is missing"}, what.substr(0, end));
  } else if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    std::string extra;
    for (const std::string& s : app.remaining(true)) extra += (extra.empty() ? "" : " ") + s;
    std::vector<std::string> known;
    for (const CLI::Option* o : at->get_options())
      if (!o->get_positional()) known.push_back("--" + (o->get_lnames().empty() ? std::string() : o->get_lnames().front()));
    const std::string guess = extra.starts_with("--") ? nearest(extra.substr(0, extra.find_first_of("= ")), known) : std::string();
    what = con.text({"không hiểu tham số: {}", "unknown argument: {}"}, printable(extra));
    if (!guess.empty()) what += con.text({"; có phải ý bạn là {}?", "; did you mean {}?"}, guess);
  } else {
    what = con.text({"tham số không dùng được: {}", "an argument cannot be used: {}"}, printable(what));
  }
  std::string path;
  for (const CLI::App* a = at; a != nullptr; a = a->get_parent()) path = a->get_name() + (path.empty() ? "" : " ") + path;
  return con.fail(kUsage, what, con.text({"xem: {} --help", "see: {} --help"}, path));
}

int Program::take_common() {
  const bool drawing = std::find(drawing_.begin(), drawing_.end(), deepest()) != drawing_.end();
  std::string wanted = format_.empty() ? "table" : format_;
  if (format_.empty() && drawing && !output.empty()) {
    const std::size_t dot = output.find_last_of("./");
    wanted = dot == std::string::npos || output[dot] == '/' ? "" : output.substr(dot + 1);
    if (wanted == "txt") wanted = "table";
  }
  constexpr std::pair<std::string_view, Format> kForms[] = {{"table", Format::table}, {"json", Format::json}, {"csv", Format::csv},
                                                            {"html", Format::html}, {"xlsx", Format::xlsx}, {"pdf", Format::pdf}};
  const auto known = std::find_if(std::begin(kForms), std::end(kForms), [&](const auto& f) { return f.first == wanted; });
  const std::string choose = drawing ? con.text({"chọn table, json, csv, html, xlsx hoặc pdf", "choose table, json, csv, html, xlsx or pdf"})
                                     : con.text({"chọn table, json hoặc csv", "choose table, json or csv"});
  if (known == std::end(kForms) || (!drawing && known->second > Format::csv)) {
    if (format_.empty()) return con.fail(kUsage, con.text({"--output {}: đuôi tệp không cho biết dạng nào", "--output {}: the ending names no form"}, printable(output)), con.text({"thêm --format; ", "add --format; "}) + choose);
    return con.fail(kUsage, con.text({"--format {}: không có dạng này", "--format {}: no such form"}, printable(format_)), choose);
  }
  con.format = known->second;
  if (!lang_.empty() && lang_ != "vi" && lang_ != "en")
    return con.fail(kUsage, con.text({"--lang {}: không có ngôn ngữ này", "--lang {}: no such language"}, printable(lang_)),
                    con.text({"chọn vi hoặc en", "choose vi or en"}));
  return kDone;
}

int Program::run(int argc, char** argv) {
  con.lang = early_language(argc, argv);
  app.description(words({"Công Thư: máy chủ thư công vụ. Quản trị, xác minh chữ ký số, phân loại văn bản, báo cáo.",
                         "Công Thư: mail server for official mail. Administration, signatures, document classes, reports."}));
  app.get_option("--version")->description(words({"phiên bản", "the version"}));
  common(&app);
  app.add_option("--as", con.as, words({"đăng nhập bằng tài khoản thư có vai trò (trước tên lệnh)", "sign in with a mail account that has a role (before the command)"}))->type_name("ACCOUNT");
  app.add_option("--as-password", con.as_password, words({"tệp chứa mật khẩu của tài khoản ấy; không có thì hỏi", "the file of its password; asked for otherwise"}))->type_name("FILE");
  examples_[&app] = words({"congthu init /srv/congthu --domain songla.gov.vn\ncongthu verify cong-van.pdf --trust ca.pem\n"
                           "congthu -c /srv/congthu/congthu.toml account list",
                           "congthu init /srv/congthu --domain songla.gov.vn\ncongthu verify letter.pdf --trust ca.pem\n"
                           "congthu -c /srv/congthu/congthu.toml account list"});
  for (auto* add : {add_init, add_domain, add_agency, add_account, add_alias, add_trust, add_queue, add_quarantine, add_secrecy, add_search, add_mailbox, add_store, add_hold, add_retention, add_register, add_document, add_key, add_config,
                    add_policy, add_role, add_audit, add_report, add_signature, add_receipt, add_verify, add_classify, add_version})
    add(*this);
  if (const int bad = misspelt(std::vector<std::string>(argv + std::min(argc, 1), argv + argc)); bad != 0) return bad;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    con.out = help(deepest());
    return con.finish(kDone);
  } catch (const CLI::CallForVersion&) {
    con.out = std::string("congthu ") + CONGTHU_VERSION + "\n";
    return con.finish(kDone);
  } catch (const CLI::ParseError& e) {
    return parse_failed(e);
  }
  if (const int bad = take_common(); bad != kDone) return bad;
  return con.finish(chosen(con));
}

}  // namespace cli
