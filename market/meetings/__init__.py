"""Match-making sessions (供需对接会): interest of both sides, a timetable, the day itself and what came of it."""
