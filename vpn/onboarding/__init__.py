"""The checklist of the first day: four steps, completed by what the portal sees happen."""
