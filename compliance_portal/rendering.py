"""How every form of the portal becomes HTML: the design system's field, in plain templates."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ field.as_field_group }}` come out of templates/forms/, without any script."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
