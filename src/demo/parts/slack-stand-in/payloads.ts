// What Slack sends an app when people do something, with the fields that apps read. Pure. Source: Slack's payload references
// (block_actions, view_submission, slash commands, app_home_opened).
import { listOf } from "./block-limits.ts";
import { type Envelope, envelope } from "./delivery.ts";
import { standInApp, standInTeam } from "./web-api.ts";
import type { SlackBlock, StandInMessage, StandInView, Workspace } from "./workspace.ts";

type Payload = Record<string, unknown>;

/** Where a button is: a message or an App Home. */
export type Place = { readonly message: StandInMessage } | { readonly home: StandInView };

/** A button pressed; null when the place has none with this id (and value, where it is given). */
export function clickEnvelope(
  workspace: Workspace,
  place: Place,
  actionId: string,
  user: string,
  value?: string,
): Envelope | null {
  const blocks = "message" in place ? place.message.blocks : place.home.blocks;
  const button = buttonsOf(blocks).find(
    (one) => one["action_id"] === actionId && (value === undefined || one["value"] === value),
  );
  if (button === undefined) return null;
  const actions = [{ ...button, block_id: "stand-in", action_ts: (Date.now() / 1_000).toFixed(6) }];
  return envelope("interactive", {
    type: "block_actions",
    ...whoAndWhere(workspace, user),
    trigger_id: workspace.trigger(user),
    ...containerOf(place),
    actions,
  });
}

function containerOf(place: Place): Payload {
  if ("home" in place) {
    const { id, view } = place.home;
    return { container: { type: "view", view_id: id }, view: { ...view, id } };
  }
  const { channel, ts, text, blocks } = place.message;
  return {
    container: { type: "message", message_ts: ts, channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: "kafka-approvals" },
    message: { type: "message", ts, text, blocks },
  };
}

/** A dialog sent off with what was typed: action id → text. */
export function submitEnvelope(
  workspace: Workspace,
  open: StandInView,
  values: Readonly<Record<string, string>>,
): Envelope {
  const state: Record<string, Payload> = {};
  for (const block of open.blocks.filter(({ type }) => type === "input")) {
    const [element] = listOf([block["element"]]);
    const action = String(element?.["action_id"]);
    const typed = values[action] ?? "";
    const value = typed === "" ? null : typed;
    state[String(block["block_id"])] = { [action]: { type: "plain_text_input", value } };
  }
  return envelope("interactive", {
    type: "view_submission",
    ...whoAndWhere(workspace, open.user),
    trigger_id: workspace.trigger(open.user),
    view: { ...open.view, id: open.id, hash: "1", state: { values: state }, app_id: standInApp },
    response_urls: [],
  });
}

export function commandEnvelope(workspace: Workspace, command: string, text: string, user: string): Envelope {
  return envelope("slash_commands", {
    command,
    text,
    user_id: user,
    user_name: nameOf(workspace, user).toLowerCase(),
    team_id: standInTeam.id,
    team_domain: standInTeam.domain,
    api_app_id: standInApp,
    channel_id: "C0KAFKAAPPROVALS",
    channel_name: "kafka-approvals",
    trigger_id: workspace.trigger(user),
    response_url: "http://127.0.0.1:9/never",
  });
}

export function homeOpenedEnvelope(user: string): Envelope {
  return envelope("events_api", {
    type: "event_callback",
    team_id: standInTeam.id,
    api_app_id: standInApp,
    event_id: `Ev${crypto.randomUUID()}`,
    event_time: Math.floor(Date.now() / 1_000),
    authorizations: [{ enterprise_id: null, team_id: standInTeam.id, user_id: "U0BOT", is_bot: true }],
    event: { type: "app_home_opened", user, channel: `D${user.slice(1)}`, tab: "home", event_ts: "1.0" },
  });
}

function whoAndWhere(workspace: Workspace, user: string): Payload {
  const name = nameOf(workspace, user);
  return {
    user: { id: user, username: name.toLowerCase(), name, team_id: standInTeam.id },
    api_app_id: standInApp,
    team: standInTeam,
    enterprise: null,
    is_enterprise_install: false,
  };
}

function nameOf(workspace: Workspace, id: string): string {
  return workspace.users.find((user) => user.id === id)?.name ?? id;
}

function buttonsOf(blocks: readonly SlackBlock[]): readonly Payload[] {
  return blocks
    .flatMap((block) => [...listOf(block["elements"]), ...listOf([block["accessory"]])])
    .filter(({ type }) => type === "button");
}
