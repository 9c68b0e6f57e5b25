"""Public objects as JSON for programs: one form each, for commands, the portal, reports and the demo alike."""
