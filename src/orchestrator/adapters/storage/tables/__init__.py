"""Every table, by wing.

What holds for all of them:

- Times are whole epoch milliseconds (`columns.Moment`). ``body`` and ``receipt`` are JSON bytes of
  a struct of the core; the columns beside them are what statements search by.
- Every row belongs to an account. Ids are text, given by `sequences`, and never used again.
- There are no foreign keys: what must not be removed while it is used is a rule with a message
  for people (`services.directory`), and what is old is pruned table by table, in bounded batches.
"""

from orchestrator.adapters.storage.tables.cloud import (
    assignments,
    consumers,
    conversations,
    dialogs,
    files,
    messages,
    presence,
    rings,
    transfers,
)
from orchestrator.adapters.storage.tables.contexts import (
    context_documents,
    context_properties,
    context_scopes,
)
from orchestrator.adapters.storage.tables.directory import (
    accounts,
    agent_groups,
    api_keys,
    bot_configs,
    bot_states,
    campaigns,
    connectors,
    details,
    engagements,
    login_keys,
    login_sessions,
    passwords,
    profiles,
    sign_in_links,
    signing_keys,
    skill_assignments,
    skills,
    token_clients,
    users,
)
from orchestrator.adapters.storage.tables.functions import (
    function_costs,
    function_hosts,
    functions,
)
from orchestrator.adapters.storage.tables.policies import (
    documents,
    policy_pages,
    policy_sets,
    policy_versions,
)
from orchestrator.adapters.storage.tables.processes import (
    canaries,
    connections,
    leases,
    processes,
)
from orchestrator.adapters.storage.tables.routing import (
    attribute_values,
    claims,
    decisions,
    function_uses,
    policy_hours,
    steps,
    usage_counts,
)
from orchestrator.adapters.storage.tables.shapes import metadata
from orchestrator.adapters.storage.tables.shared import (
    changes,
    happenings,
    sequences,
)

__all__ = [
    "accounts",
    "agent_groups",
    "api_keys",
    "assignments",
    "attribute_values",
    "bot_configs",
    "bot_states",
    "campaigns",
    "canaries",
    "changes",
    "claims",
    "connections",
    "connectors",
    "consumers",
    "context_documents",
    "context_properties",
    "context_scopes",
    "conversations",
    "decisions",
    "details",
    "dialogs",
    "documents",
    "engagements",
    "files",
    "function_costs",
    "function_hosts",
    "function_uses",
    "functions",
    "happenings",
    "leases",
    "login_keys",
    "login_sessions",
    "messages",
    "metadata",
    "passwords",
    "policy_hours",
    "policy_pages",
    "policy_sets",
    "policy_versions",
    "presence",
    "processes",
    "profiles",
    "rings",
    "sequences",
    "sign_in_links",
    "signing_keys",
    "skill_assignments",
    "skills",
    "steps",
    "token_clients",
    "transfers",
    "usage_counts",
    "users",
]
