"""Every model of the app; each lives in its slice."""

from vpn.allowlist.models import PublicationEvent, PublishedAddress
from vpn.assurance.models import (
    AuditVerification,
    PartAcceptance,
    PartStatus,
    RequirementPeriod,
    RequirementStatus,
    StatedFact,
)
from vpn.authorization_policy.models import EndpointPolicy
from vpn.certificates.models import Certificate
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connection_log.ingest.models import Backfill
from vpn.connection_log.models import (
    ChangedDay,
    Connection,
    ConnectionEvent,
    ConnectionTally,
    ConnectionUser,
    FailureTally,
    LogSource,
    LostLog,
    UnreadableLine,
)
from vpn.connection_summary.models import (
    Extreme,
    PersonDay,
    PersonMonth,
    PersonSpan,
    SummaryDay,
)
from vpn.directory.models import Directory, DirectoryGroup, DirectoryUser
from vpn.drills.base.models import Drill, DrillParticipant
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import (
    AwsAccount,
    EgressAddressPeriod,
    Endpoint,
    EndpointChange,
    LiveConnection,
    LoggingPeriod,
    SiteToSiteVpn,
)
from vpn.evidence.models import EvidencePack
from vpn.expectations.models import ReachExpectation
from vpn.findings.models import Finding, RuleRun
from vpn.health_events.models import HealthEvent, HealthQueue, UnreadableMessage
from vpn.help.models import SupportCode
from vpn.helpdesk.models import DiagnosedCall, FailedRequest, HelpdeskWatch
from vpn.incidents.models import Incident, IncidentPost, IncidentPostVersion
from vpn.log_insights.models import LogQuery, LogQueryPart, LogQueryRow
from vpn.metrics.models import MetricDay, MetricSource
from vpn.notifications.models import Delivery, StatusSubscription
from vpn.onboarding.models import Onboarding
from vpn.operations.models import Operation, OperationFile, OperationStep
from vpn.operations.schedules.models import Schedule, ScheduledRun
from vpn.partners.models import AddressAnnouncement, Partner, PartnerNotice
from vpn.profiles.models import ProfileDownload
from vpn.quotas.models import AccountQuotas, RegionPrices
from vpn.requirement_alerts.models import RequirementAlert
from vpn.status_copy.models import StatusCopy
from vpn.tunnels.models import TunnelMaintenance

__all__ = [
    "AccountQuotas",
    "AddressAnnouncement",
    "AuditVerification",
    "AwsAccount",
    "Backfill",
    "Certificate",
    "ChangedDay",
    "ConnectAttempt",
    "Connection",
    "ConnectionEvent",
    "ConnectionTally",
    "ConnectionUser",
    "Delivery",
    "DiagnosedCall",
    "Directory",
    "DirectoryGroup",
    "DirectoryUser",
    "Drill",
    "DrillParticipant",
    "EgressAddressPeriod",
    "EgressCheck",
    "Endpoint",
    "EndpointChange",
    "EndpointPolicy",
    "EvidencePack",
    "Extreme",
    "FailedRequest",
    "FailureTally",
    "Finding",
    "HealthEvent",
    "HealthQueue",
    "HelpdeskWatch",
    "Incident",
    "IncidentPost",
    "IncidentPostVersion",
    "LiveConnection",
    "LogQuery",
    "LogQueryPart",
    "LogQueryRow",
    "LogSource",
    "LoggingPeriod",
    "LostLog",
    "MetricDay",
    "MetricSource",
    "Onboarding",
    "Operation",
    "OperationFile",
    "OperationStep",
    "PartAcceptance",
    "PartStatus",
    "Partner",
    "PartnerNotice",
    "PersonDay",
    "PersonMonth",
    "PersonSpan",
    "ProfileDownload",
    "PublicationEvent",
    "PublishedAddress",
    "ReachExpectation",
    "RegionPrices",
    "RequirementAlert",
    "RequirementPeriod",
    "RequirementStatus",
    "RuleRun",
    "Schedule",
    "ScheduledRun",
    "SiteToSiteVpn",
    "StatedFact",
    "StatusCopy",
    "StatusSubscription",
    "SummaryDay",
    "SupportCode",
    "TunnelMaintenance",
    "UnreadableLine",
    "UnreadableMessage",
]
