"""Closed lists that scenes, solutions and challenges share: slugs in the database, labels on pages."""

from enum import StrEnum


class Field(StrEnum):
    """The fields of the programme (领域)."""

    SMART_MANUFACTURING = "smart_manufacturing"
    INTEGRATED_CIRCUITS = "integrated_circuits"
    AUTONOMOUS_DRIVING = "autonomous_driving"
    ROBOTICS = "robotics"
    LIFE_SCIENCES = "life_sciences"
    ENGINEERING_COMPUTING = "engineering_computing"
    METEOROLOGY = "meteorology"
    GOVERNMENT_SERVICES = "government_services"
    HEALTHCARE = "healthcare"
    FINANCE = "finance"
    EDUCATION = "education"
    AGRICULTURE = "agriculture"
    CULTURE_TOURISM = "culture_tourism"
    COMMERCE = "commerce"
    URBAN_GOVERNANCE = "urban_governance"
    OTHER = "other"


class Deployment(StrEnum):
    """Where a model runs."""

    ON_PREMISES = "on_premises"
    PRIVATE_CLOUD = "private_cloud"
    PUBLIC_CLOUD = "public_cloud"
    EDGE = "edge"
    API = "api"


class DataLevel(StrEnum):
    """How sensitive data is, from least to most."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SENSITIVE = "sensitive"
    IMPORTANT = "important"

    @property
    def rank(self) -> int:
        """Position from least (0) to most sensitive."""
        return list(DataLevel).index(self)


class Readiness(StrEnum):
    """How far an offer has come."""

    PROTOTYPE = "prototype"
    PILOT = "pilot"
    PRODUCTION = "production"


class Size(StrEnum):
    """Size of a company."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class RequirementKind(StrEnum):
    """A must refuses a solution that does not meet it; a wish only raises its rank."""

    MUST = "must"
    WISH = "wish"


class Direction(StrEnum):
    """Whether a metric is better when higher or when lower."""

    HIGHER = "higher"
    LOWER = "lower"


class ChallengeKind(StrEnum):
    """Best-one (择优) or race (赛马)."""

    BEST_ONE = "best_one"
    RACE = "race"


class OrganisationKind(StrEnum):
    """What an organisation does here."""

    BUYER = "buyer"
    VENDOR = "vendor"
    DISTRICT = "district"
    EXPERT_BODY = "expert_body"
    AUDIT_BODY = "audit_body"


LABELS: dict[StrEnum, str] = {
    Field.SMART_MANUFACTURING: "Smart manufacturing",
    Field.INTEGRATED_CIRCUITS: "Integrated circuits",
    Field.AUTONOMOUS_DRIVING: "Autonomous driving",
    Field.ROBOTICS: "Robotics",
    Field.LIFE_SCIENCES: "Life sciences",
    Field.ENGINEERING_COMPUTING: "Engineering computing",
    Field.METEOROLOGY: "Meteorology",
    Field.GOVERNMENT_SERVICES: "Government services",
    Field.HEALTHCARE: "Healthcare",
    Field.FINANCE: "Finance",
    Field.EDUCATION: "Education",
    Field.AGRICULTURE: "Agriculture",
    Field.CULTURE_TOURISM: "Culture and tourism",
    Field.COMMERCE: "Commerce",
    Field.URBAN_GOVERNANCE: "Urban governance",
    Field.OTHER: "Other fields",
    Deployment.ON_PREMISES: "On the buyer's premises",
    Deployment.PRIVATE_CLOUD: "Private cloud",
    Deployment.PUBLIC_CLOUD: "Public cloud",
    Deployment.EDGE: "Edge device",
    Deployment.API: "API call",
    DataLevel.PUBLIC: "Public data",
    DataLevel.INTERNAL: "Internal data",
    DataLevel.SENSITIVE: "Sensitive data",
    DataLevel.IMPORTANT: "Important data",
    Readiness.PROTOTYPE: "Prototype",
    Readiness.PILOT: "Piloted",
    Readiness.PRODUCTION: "In production",
    Size.MICRO: "Micro enterprise",
    Size.SMALL: "Small enterprise",
    Size.MEDIUM: "Medium enterprise",
    Size.LARGE: "Large enterprise",
    RequirementKind.MUST: "Must",
    RequirementKind.WISH: "Wish",
    Direction.HIGHER: "Higher is better",
    Direction.LOWER: "Lower is better",
    ChallengeKind.BEST_ONE: "Best one",
    ChallengeKind.RACE: "Race",
    OrganisationKind.BUYER: "Buyer",
    OrganisationKind.VENDOR: "Vendor",
    OrganisationKind.DISTRICT: "District office",
    OrganisationKind.EXPERT_BODY: "Expert body",
    OrganisationKind.AUDIT_BODY: "Audit body",
}
