"""Match-making sessions of the demonstration: one that is over, with what came of it, and one open for interest."""

from dataclasses import dataclass, field
from datetime import timedelta

from market.core import clock
from market.core.permissions import Actor
from market.core.vocabulary import Field
from market.core.work import Work
from market.demo.content import solutions
from market.demo.district import District
from market.demo.timeline import Timeline
from market.lifecycle import ParticipantState, Role
from market.meetings import actions, desk, queries, scheduling, talking
from market.meetings.actions import SessionContent
from market.meetings.models import MatchSession, Meeting, Participant
from market.meetings.problem import question_of
from matching.timetable import solve

HELD_ON = -97.5  # after the bus company's scene was published, before its challenge was
PLACE, PLACE_EN = "临江区企业服务中心 3 楼多功能厅", "Enterprise Service Centre, 3rd floor, multi-purpose hall"


@dataclass
class Gathering:
    """One session as it comes about; each method is a step."""

    district: District
    title: str
    title_en: str
    served: Field
    buyer: str
    scene: str
    wants: dict[str, tuple[str, str]]
    starts_in: timedelta
    interest_days: float
    outcomes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    session: MatchSession | None = None

    async def announce(self, work: Work) -> None:
        """The officer plans the session and announces it."""
        now, officer = clock.now(), self.district.cast.officer
        day = (now + self.starts_in).astimezone(clock.SHANGHAI)
        content = SessionContent(
            title=self.title, title_en=self.title_en, field=self.served, place=PLACE, place_en=PLACE_EN,
            starts_at=day.replace(hour=14, minute=0, second=0, microsecond=0), slots=6, slot_minutes=25,
            break_minutes=5, tables=4, most_meetings=4, interest_until=now + timedelta(days=self.interest_days),
            about="每场 25 分钟，请带能当场说明问题的人来；现场不发名录，不做路演。",
            about_en="25 minutes each. Send somebody who can answer questions on the spot; there are no speeches.",
        )  # fmt: skip
        self.session = await actions.create_session(content, work=work, actor=officer)
        await actions.announce_session(self.session, work=work, actor=officer)

    async def register(self, work: Work) -> None:
        """Buyer and vendors register and say whom they want to meet; the last vendor cannot come at first."""
        scene, session = self.district.scenes[self.scene], self._session()
        buyer = self.district.cast.of(self.buyer, Role.BUYER)
        place = await actions.join_session(session, work=work, actor=buyer)
        named = {(scene.id, self.district.solutions[key].id): levels[0] for key, levels in self.wants.items()}
        await actions.state_interest(session, place, named, (), work=work, actor=buyer)
        for key, (_buyers, own) in self.wants.items():
            if not own:
                continue
            vendor = self._vendor(key)
            theirs = await actions.join_session(session, work=work, actor=vendor)
            pair = (scene.id, self.district.solutions[key].id)
            away = (0, 1) if key == list(self.wants)[-1] else ()
            await actions.state_interest(session, theirs, {pair: own}, away, work=work, actor=vendor)

    async def schedule(self, work: Work) -> None:
        """The timetable is computed from what both sides want."""
        session, officer = self._session(), self.district.cast.officer
        await scheduling.ask_timetable(session, work=work, actor=officer)
        run = await queries.latest_run(session.id)
        assert run is not None  # noqa: S101  # asked for by the line above
        question = await question_of(session, clock.now(), connection=work.connection)
        await scheduling.store_timetable(session, run, question, solve(question.problem), work=work)

    async def publish(self, work: Work) -> None:
        """The officer publishes it."""
        await scheduling.publish_timetable(self._session(), work=work, actor=self.district.cast.officer)

    async def confirm(self, work: Work) -> None:
        """Both sides confirm every meeting."""
        for meeting in await queries.meetings_of(self._session().id):
            for actor in self._sides(meeting):
                await talking.confirm_meeting(self._session(), meeting, work=work, actor=actor)

    async def arrive(self, work: Work) -> None:
        """Everybody checks in at the desk."""
        for participant in await queries.participants_of(self._session().id, state=ParticipantState.REGISTERED):
            await desk.check_in(self._session(), participant, work=work, actor=self.district.cast.officer)

    async def tell(self, work: Work) -> None:
        """Both sides say what came of it, and the officer closes the session."""
        keys = {self.district.solutions[key].id: key for key in self.outcomes}
        for meeting in await queries.meetings_of(self._session().id):
            outcome, next_step, note = self.outcomes[keys[meeting.solution_id]]
            for actor in self._sides(meeting):
                private = note if actor.role is Role.BUYER else ""
                await talking.write_note(self._session(), meeting, outcome=outcome, next_step=next_step, note=private,
                                         work=work, actor=actor)  # fmt: skip
        await actions.close_session(self._session(), work=work, actor=self.district.cast.officer)

    def _session(self) -> MatchSession:
        assert self.session is not None  # noqa: S101  # announced by the first step
        return self.session

    def _vendor(self, solution: str) -> Actor:
        key = next(each["organisation"] for each in solutions() if each["key"] == solution)
        return self.district.cast.of(key, Role.VENDOR)

    def _sides(self, meeting: Meeting) -> tuple[Actor, Actor]:
        def of(place: Participant) -> Actor:
            return Actor(place.side, place.organisation.name, None, place.organisation_id, place.organisation.name,
                         organisation_verified=True)  # fmt: skip

        return of(meeting.buyer), of(meeting.vendor)


def plan_sessions(district: District, timeline: Timeline) -> None:
    """Put both sessions on the timeline."""
    past = Gathering(
        district, "公交与道路安全专场对接会", "Buses and road safety: match-making session", Field.AUTONOMOUS_DRIVING,
        "b_bus", "bus_blindspot",
        {"lutong_bus_guard": ("very", "very"), "chengyan_bus_cloud": ("interested", "very"),
         "duanyun_bus_box": ("interested", "interested"), "northlight_yard": ("no", "interested")},
        timedelta(days=4), 2,
        {"lutong_bus_guard": ("continue", "下周到车场看四种车型的安装位置", "轮迹法讲得清楚，误报率要看夜间数据。"),
         "chengyan_bus_cloud": ("no_fit", "", "图像要上云，安全科不同意。"),
         "duanyun_bus_box": ("information", "端云补充高温环境下的运行记录", "价格有优势，先看可靠性。")},
    )  # fmt: skip
    for day, step in ((-4, past.announce), (-3.5, past.register), (-1.9, past.schedule), (-1.8, past.publish),
                      (-1.2, past.confirm), (0, past.arrive), (0.9, past.tell)):  # fmt: skip
        timeline.at(HELD_ON + day, step)
    coming = Gathering(
        district, "港口与低速无人驾驶对接会", "Ports and low-speed driving: match-making session",
        Field.AUTONOMOUS_DRIVING, "b_port", "port_mixed_traffic",
        {"mangzhou_port_stack": ("very", "very"), "northlight_yard": ("", "interested"),
         "lutong_v2x_port": ("interested", "")},
        timedelta(days=12), 7,
    )  # fmt: skip
    timeline.at(-2.5, coming.announce)
    timeline.at(-1.5, coming.register)
