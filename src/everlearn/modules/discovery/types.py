"""Words of the discovery module that others may use."""

from __future__ import annotations

from enum import StrEnum


class ToolCategory(StrEnum):
    """What a tool is about."""

    DESIGN = "design"
    PRODUCTIVITY = "productivity"
    ANALYSIS = "analysis"
    FINANCE = "finance"
    CAREER = "career"
    SECURITY = "security"
    INNOVATION = "innovation"
    TECH = "tech"


class Interaction(StrEnum):
    """How a person gives the tool something to work on."""

    INPUT = "input"
    TEXTAREA = "textarea"
    SELECT = "select"
    DRAGDROP = "dragdrop"


class Visualization(StrEnum):
    """What the answer looks like."""

    PALETTE = "palette"
    CHART = "chart"
    TEXT = "text"
    SCRIPT = "script"
    GAUGE = "gauge"
    HEATMAP = "heatmap"
    IDEAS_LIST = "ideas-list"
    SPEED_BADGE = "speed-badge"


class Surprise(StrEnum):
    """What comes on top of the answer."""

    VIBE = "vibe"
    INSIGHT = "insight"
    PREDICTION = "prediction"
    SAVINGS = "savings"
    PERCENTAGE = "percentage"
    RISK_LEVEL = "risk-level"
    IDEAS = "ideas"
    SCORE = "score"
