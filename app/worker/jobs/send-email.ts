/** `send-email`: a mail from a template to a user, and the record that it was sent. The address is read now, not when it was asked for. */
import type { Doing } from '.';

const TEMPLATES: Readonly<Record<string, { readonly subject: string; readonly text: string }>> = {
  welcome: { subject: 'Welcome', text: 'Your account is ready. You can log in now.\n' },
};

export const sendEmail: Doing = async ({ id, data }, { run, mailer }) => {
  const name = String(data.template);
  const template = Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
  if (!template) throw new Error(`template: expected one of ${Object.keys(TEMPLATES).join(', ')}, got another`);
  const { rows } = await run<{ email: string }>('select email from users where id = $1', [data.user]);
  const [user] = rows;
  if (!user) return; // she has left since: nobody to write to
  await run('insert into mails (job, user_id, template) values ($1, $2, $3)', [id, data.user, name]);
  await mailer({ id, to: user.email, ...template });
};
