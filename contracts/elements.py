"""The schedule of data elements, as contracts know it: its words stand with the notices that say them."""

from notices.elements import INFORMATION, RECORDS, SCHEDULE, WORK, Element, families

__all__ = ["INFORMATION", "RECORDS", "SCHEDULE", "WORK", "Element", "families"]
