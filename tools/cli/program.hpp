// The command line as a tree of CLI11 commands. Each command is one file with one add_...() that says its words, options, examples
// and what runs. Parsing, help and "did you mean" are here, in the chosen language.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

#include "tools/cli/console.hpp"

namespace cli {

struct Program {
  Program();
  Console con;
  CLI::App app;
  std::string config;                 // -c
  std::string output;                 // -o of a command that draws
  std::function<int(Console&)> chosen;  // set by the parsed command

  // A command with the common options (-c, --format, --lang). `examples`: one per line.
  CLI::App* command(CLI::App& parent, const std::string& name, base::Text summary, base::Text examples, std::function<int(Console&)> run);
  void draws(CLI::App* command_);  // it takes --format html, xlsx and pdf, too, and --output, whose ending chooses the format
  CLI::App* group(const std::string& name, base::Text summary, base::Text examples) { return group(app, name, summary, examples); }
  CLI::App* group(CLI::App& parent, const std::string& name, base::Text summary, base::Text examples);
  std::string words(base::Text t) const { return std::string(t.in(con.lang)); }

  int run(int argc, char** argv);

 private:
  int parse_failed(const CLI::ParseError& error);
  int misspelt(const std::vector<std::string>& args);
  int take_common();
  void common(CLI::App* app_);
  CLI::App* deepest();
  std::string help(const CLI::App* command) const;
  std::string format_, lang_;
  std::vector<const CLI::App*> drawing_;
  std::map<const CLI::App*, std::string> examples_;
};

// The candidate nearest to a mistyped word, or empty when none is near (edit distance at most a third of its length, at least 1).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

void add_init(Program& p);
void add_verify(Program& p);
void add_signature(Program& p);
void add_receipt(Program& p);
void add_classify(Program& p);
void add_config(Program& p);
void add_version(Program& p);
void add_domain(Program& p);
void add_agency(Program& p);
void add_account(Program& p);
void add_alias(Program& p);
void add_trust(Program& p);
void add_queue(Program& p);
void add_search(Program& p);
void add_store(Program& p);
void add_mailbox(Program& p);
void add_key(Program& p);
void add_policy(Program& p);
void add_report(Program& p);
void add_report_inputs(Program& p, CLI::App& report);
void add_report_published(Program& p, CLI::App& report);
void add_report_schedule(Program& p, CLI::App& report);
void add_audit(Program& p);
void add_role(Program& p);
void add_quarantine(Program& p);
void add_secrecy(Program& p);

}  // namespace cli
