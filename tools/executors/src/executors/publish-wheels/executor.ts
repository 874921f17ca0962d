import { resolve } from 'node:path';
import { expectFrom } from '../../publish/expected-release.ts';
import { findWheels } from '../../publish/find-wheels.ts';
import { publication, targetOf } from '../publish/publication.ts';
import { executor } from '../repository.ts';
import { publishWheelsOptions } from './options.ts';

export default executor(publishWheelsOptions, async (options, repository) => {
  const found = await findWheels([resolve(repository.root, options.wheels)]);
  const expect = expectFrom(repository.releases);
  const [first] = found.wheels;
  const report = found.verified.find(({ sha256 }) => sha256 === first?.sha256);
  const pin = first && report ? expect(report.release ?? '', first) : undefined;
  const target = targetOf(options, repository, first?.version ?? '0', pin?.embedded ?? false);
  return publication(found, target, options, repository);
});
