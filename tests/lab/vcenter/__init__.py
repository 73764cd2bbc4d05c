# SPDX-License-Identifier: GPL-3.0-or-later
"""The vCenter simulator: vim25 SOAP on pyVmomi's own type definitions."""
