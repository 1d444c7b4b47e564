#include "guise-presets.h"

#include <stddef.h>

const GuisePreset guise_presets[] = {
  /* Pretrained ViT-B/16 and BERT; the default for real data. */
  { "recommended",
    "{"
    "\"vision\": {\"image_size\": [224, 224], \"patch_size\": 16, \"hidden_size\": 768, "
    "\"layers\": 12, \"heads\": 12, \"mlp_size\": 3072, \"layer_norm_eps\": 1e-12}, "
    "\"text\": {\"vocab_size\": 30522, \"hidden_size\": 768, \"layers\": 12, \"heads\": "
    "12, \"mlp_size\": 3072, \"max_positions\": 512, \"max_tokens\": 64, "
    "\"layer_norm_eps\": 1e-12, \"pad_id\": 0}, "
    "\"bdam\": {\"enabled\": true, \"self_layers\": 6, \"cross_layers\": 3, \"heads\": "
    "12, \"cross_attention\": true, \"gate\": true}, "
    "\"fusion\": {\"enabled\": true, \"align\": true, \"gate\": true, \"backbone\": "
    "\"mamba\", \"sequence\": \"triple\", \"size\": 256, \"layers\": 2, \"heads\": 4, "
    "\"d_state\": 16, \"d_conv\": 4, \"expand\": 2, \"out_size\": 256}, "
    "\"loss\": {\"temperature\": 0.07, \"margin\": 0.3, \"adversary\": \"identity\", "
    "\"decouple\": \"text-cka\", \"gate_weight\": 0.01, \"triplet_on\": [\"identity\"], "
    "\"terms\": [\"info\", \"caption\", \"triplet\", \"decouple\", \"cloth\", "
    "\"match\"], \"weights\": {\"triplet\": 0.3}, \"ramp\": {\"terms\": [\"triplet\", "
    "\"decouple\", \"match\"], \"start\": 2000, \"length\": 1500}}, "
    "\"gradnorm\": {\"enabled\": true, \"tasks\": [\"info\", \"caption\", \"cloth\"], "
    "\"ratio\": \"floored\", \"alpha\": 1.5, \"alpha_role\": \"exponent\", "
    "\"reference\": \"mean\", \"lr\": 0.005, \"log_weight_decay\": 0.001, \"warmup\": "
    "10, \"clip\": [0.25, 4.0]}, "
    "\"optimiser\": {\"lr\": 0.0001, \"weight_decay\": 0.001, \"betas\": [0.9, 0.999], "
    "\"eps\": 1e-08}, "
    "\"init\": \"finetune\", "
    "\"dropout\": 0.1, "
    "\"train\": {\"steps\": 20000, \"persons\": 32, \"images_per_person\": 2, "
    "\"warmup\": 1000, \"final_lr\": 0.02, \"vision_blocks\": 2, \"vision_lr\": 0.1, "
    "\"train_text\": false, \"text_lr\": 0.1, \"micro_batch\": 16, \"recompute\": "
    "false, \"precision\": \"float32\", \"cache_tokens\": false, \"validate_every\": 500, "
    "\"patience\": 10, \"checkpoint_every\": 500, "
    "\"augment\": {\"flip\": 0.5, \"crop\": [5, 3], \"brightness\": 0.2, "
    "\"channel_gain\": 0.08, \"erase\": 0.3}}"
    "}" },
  /* Every equation and number as the paper prints it. */
  { "paper", "{"
             "\"fusion\": {\"sequence\": \"single\"}, "
             "\"loss\": {\"adversary\": \"clothing\", \"decouple\": \"hsic\", \"triplet_on\": "
             "[\"identity\", \"fused\"], \"terms\": [\"info\", \"triplet\", \"adv\", "
             "\"decouple\"], \"weights\": {\"triplet\": 1.0}, \"ramp\": {\"terms\": [], "
             "\"length\": 0}}, "
             "\"gradnorm\": {\"tasks\": [\"info\", \"triplet\", \"adv\", \"decouple\"], "
             "\"ratio\": \"plain\", \"alpha_role\": \"coefficient\", \"reference\": \"first\", "
             "\"lr\": 0.025, \"clip\": [0.0001, 10.0]}, "
             "\"train\": {\"vision_blocks\": -1, \"vision_lr\": 1.0, \"train_text\": true, "
             "\"text_lr\": 1.0}"
             "}" },
  /* Both encoders frozen, visual tokens read from the cache. */
  { "cached", "{"
              "\"optimiser\": {\"lr\": 0.0003}, "
              "\"train\": {\"vision_blocks\": 0, \"micro_batch\": 0, \"cache_tokens\": true}"
              "}" },
  /* Trained from nothing in minutes on two cores. */
  { "tiny", "{"
            "\"vision\": {\"image_size\": [128, 64], \"hidden_size\": 128, \"layers\": 3, "
            "\"heads\": 4, \"mlp_size\": 512}, "
            "\"text\": {\"vocab_size\": 512, \"hidden_size\": 128, \"layers\": 2, \"heads\": 4, "
            "\"mlp_size\": 512, \"max_positions\": 64, \"max_tokens\": 48}, "
            "\"bdam\": {\"self_layers\": 1, \"cross_layers\": 1, \"heads\": 4}, "
            "\"fusion\": {\"size\": 128, \"out_size\": 128}, "
            "\"loss\": {\"weights\": {\"match\": 0.5}}, "
            "\"optimiser\": {\"lr\": 0.0007, \"betas\": [0.9, 0.98]}, "
            "\"init\": \"scratch\", "
            "\"dropout\": 0.0, "
            "\"train\": {\"steps\": 7000, \"persons\": 16, \"warmup\": 80, \"vision_blocks\": "
            "-1, \"vision_lr\": 1.0, \"train_text\": true, \"text_lr\": 1.0, \"micro_batch\": 0, "
            "\"validate_every\": 250, \"patience\": 0, \"checkpoint_every\": 250}"
            "}" },
  /* For tests: odd sizes on purpose. */
  { "toy", "{"
           "\"vision\": {\"image_size\": [24, 16], \"patch_size\": 8, \"hidden_size\": 24, "
           "\"layers\": 2, \"heads\": 3, \"mlp_size\": 40}, "
           "\"text\": {\"vocab_size\": 50, \"hidden_size\": 20, \"layers\": 2, \"heads\": 2, "
           "\"mlp_size\": 36, \"max_positions\": 16, \"max_tokens\": 9}, "
           "\"bdam\": {\"self_layers\": 2, \"cross_layers\": 1, \"heads\": 3}, "
           "\"fusion\": {\"size\": 16, \"heads\": 2, \"d_state\": 5, \"out_size\": 12}, "
           "\"loss\": {\"terms\": [\"info\", \"caption\", \"triplet\", \"adv\", \"decouple\", "
           "\"cloth\", \"match\"], \"ramp\": {\"start\": 1, \"length\": 4}}, "
           "\"gradnorm\": {\"warmup\": 2}, "
           "\"optimiser\": {\"lr\": 0.001}, "
           "\"init\": \"scratch\""
           "}" },
  { NULL, NULL },
};
