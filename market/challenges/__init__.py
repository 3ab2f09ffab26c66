"""4. The notice, its timetable and rounds."""
