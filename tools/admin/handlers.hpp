// The handlers, one file per subject. `Call` is what each gets; path arguments are request.path[1], [3] ... as README.md names them.
#pragma once
#include "tools/admin/context.hpp"
#include "tools/admin/roles.hpp"

namespace admin {

struct Call {
  const Context& context;
  const Request& request;
  const Progress& progress;
  const Actor& actor;
  std::string_view segment(std::size_t n) const { return n < request.path.size() ? std::string_view(request.path[n]) : std::string_view{}; }
};

Result<Json> list_domains(const Call&);
Result<Json> show_domain(const Call&);
Result<Json> add_domain(const Call&);
Result<Json> remove_domain(const Call&);

Result<Json> list_agencies(const Call&);
Result<Json> show_agency(const Call&);
Result<Json> add_agency(const Call&);
Result<Json> remove_agency(const Call&);

Result<Json> list_accounts(const Call&);
Result<Json> show_account(const Call&);
Result<Json> add_account(const Call&);
Result<Json> change_account(const Call&);
Result<Json> remove_account(const Call&);
Result<Json> grant_send_as(const Call&);
Result<Json> revoke_send_as(const Call&);

Result<Json> list_deleted(const Call&);
Result<Json> undelete(const Call&);
Result<Json> restore_mailbox(const Call&);

Result<Json> list_roles(const Call&);
Result<Json> grant_role(const Call&);
Result<Json> revoke_role(const Call&);

Result<Json> list_aliases(const Call&);
Result<Json> show_alias(const Call&);
Result<Json> add_alias(const Call&);
Result<Json> remove_alias(const Call&);

Result<Json> list_trust(const Call&);
Result<Json> add_trust(const Call&);
Result<Json> remove_trust(const Call&);
Result<Json> import_trust_bundle(const Call&);
Result<Json> list_pending_trust(const Call&);
Result<Json> approve_trust(const Call&);
Result<Json> reject_trust(const Call&);

Result<Json> list_queue(const Call&);
Result<Json> show_queue(const Call&);
Result<Json> change_queue(const Call&);

Result<Json> list_quarantine(const Call&);
Result<Json> show_quarantine(const Call&);
Result<Reply> read_quarantine(const Call&);
Result<Json> release_quarantine(const Call&);
Result<Json> refuse_quarantine(const Call&);

Result<Json> list_keys(const Call&);
Result<Json> enable_key(const Call&);
Result<Json> rotate_key(const Call&);
Result<Json> stop_key(const Call&);
Result<Json> rewrap_keys(const Call&);

Result<Json> show_retention(const Call&);

Result<Json> search(const Call&);
Result<Json> store_stats(const Call&);
Result<Json> store_check(const Call&);
Result<Json> store_backup(const Call&);
Result<Json> list_backups(const Call&);
Result<Json> config_check(const Call&);
Result<Json> policy_test(const Call&);
Result<Json> policy_simulate(const Call&);
Result<Json> audit_trail(const Call&);
Result<Json> audit_show(const Call&);
Result<Json> audit_rows(const Call&);
Result<Json> audit_verify(const Call&);
Result<Json> audit_head(const Call&);
Result<Json> audit_export(const Call&);
Result<Json> list_accesses(const Call&);
Result<Json> health(const Call&);
std::string metrics_text(const Context&);

Result<Json> begin_import(const Call&);
Result<Json> import_mailbox(const Call&);
Result<Json> import_known(const Call&);
Result<Json> import_messages(const Call&);
Result<Json> end_import(const Call&);

Result<Json> begin_export(const Call&);
Result<Reply> export_messages(const Call&);  // a batch of tools/transfer/batch.hpp
Result<Json> end_export(const Call&);

Result<Json> list_receipts(const Call&);
Result<Json> show_receipt(const Call&);

Result<Json> show_evidence(const Call&);
Result<Json> recheck_signatures(const Call&);

Result<Json> list_register(const Call&);
Result<Json> export_register(const Call&);
Result<Json> show_register(const Call&);
Result<Json> correct_register(const Call&);
Result<Json> list_exceptions(const Call&);
Result<Json> add_exception(const Call&);
Result<Json> remove_exception(const Call&);
Result<Json> list_secrecy(const Call&);
Result<Json> show_secrecy(const Call&);
Result<Json> release_secrecy(const Call&);
Result<Json> purge_secrecy(const Call&);
Result<Json> assign_register(const Call&);
Result<Json> publish_register(const Call&);
Result<Json> recall_register(const Call&);
Result<Json> edxml_register(const Call&);
Result<Json> find_documents(const Call&);
Result<Json> match_document(const Call&);

Result<Json> report_signatures(const Call&);
Result<Json> report_certificates(const Call&);
Result<Json> report_exchange(const Call&);
Result<Json> report_mailboxes(const Call&);
Result<Json> report_policy(const Call&);
Result<Json> report_kpi(const Call&);
Result<Json> report_deadlines(const Call&);
Result<Json> report_monthly(const Call&);
Result<Json> report_provisioning(const Call&);
Result<Json> list_reports(const Call&);
Result<Json> publish_report(const Call&);
Result<Json> list_published(const Call&);
Result<Json> show_published(const Call&);
Result<Json> verify_published(const Call&);
Result<Json> compare_published(const Call&);
Result<Json> import_inputs(const Call&);
Result<Json> list_report_schedules(const Call&);
Result<Json> run_report_schedule(const Call&);
Result<Json> list_inputs(const Call&);
Result<Json> confirm_inputs(const Call&);
Result<Json> inputs_template(const Call&);

}  // namespace admin
