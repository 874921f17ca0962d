/** The index that has torch built for CPUs only; the general index gives CUDA builds on x86-64. */
export const TORCH_INDEX = 'https://download.pytorch.org/whl/cpu';

/** Commands that install a package, for pip and for uv. */
export interface InstallCommands {
  pip: string;
  uv: string;
}

/** A public PEP 440 version with its optional post, dev and pre-release parts. */
export const RELEASE = /^[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?$/;

/** How to install `distribution`, of the newest release or of `release`, with torch for CPUs. */
export function installCommands(distribution: string, release: string | null): InstallCommands {
  const requirement = release === null ? distribution : `${distribution}==${release}`;
  return {
    pip: `pip install ${requirement} --extra-index-url ${TORCH_INDEX}`,
    // Routes only torch and its companions to that index; needs no index strategy.
    uv: `uv pip install ${requirement} --torch-backend cpu`,
  };
}
