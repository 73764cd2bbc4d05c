# SPDX-License-Identifier: GPL-3.0-or-later
"""Two HCX managers, after sections 3 to 12 and 15 to 18 of the HCX reference."""
