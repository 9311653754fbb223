"""The networks of timm 1.0.31 that the sweep looks into: one small variant, seldom two, of each convolutional family.

A family is a module of timm.models, and what its configuration makes so different that it has a name of its own
(repvgg, mixnet, hrnet). Pure transformers are left out; those that mix convolutions with attention are in.
"""

WITHOUT_ATTENTION = """
    eca_resnext26ts gcresnext26ts gernet_s mobileone_s0 repvgg_a0 regnetz_b16 convmixer_768_32 convnext_atto
    convnextv2_atto convnext_zepto_rms csatv2 cs3darknet_focus_s cspresnet50 darknet17 cspnext_tiny densenet121
    densenetblur121d dla46x_c dla60_res2net dpn48b efficientnet_b0 efficientnet_b0_gn efficientnet_cc_b0_4e mixnet_s
    mnasnet_small spnasnet_100 fbnetc_100 tinynet_e tf_efficientnet_b0 tf_efficientnetv2_b0 fasternet_t0 fastvit_t8
    focalnet_tiny_srf ghostnet_050 ghostnetv2_100 ghostnetv3_050 hardcorenas_a hgnet_tiny hgnetv2_b0 hrnet_w18_small
    inception_next_atto inception_resnet_v2 inception_v3 inception_v4 lcnetv2_small mambaout_femto poolformer_s12
    convformer_s18 mobilenetv3_small_050 lcnet_035 fbnetv3_b mobilenetv4_conv_small_035 nf_resnet26 eca_nfnet_l0
    nf_regnet_b0 rdnet_tiny regnetx_002 regnety_002 regnetz_005 repghostnet_050 repvit_m0_9 res2net50_14w_8s resnest14d
    resnet10t resnet18 resnetaa34d ecaresnet26t resnetv2_18 resnetv2_50x1_bit resnetv2_50d_frn rexnet_100 selecsls42b
    legacy_seresnext26_32x4d skresnet18 starnet_s050 tresnet_m vgg11_bn ese_vovnet19b_slim_dw legacy_xception
    xception41p test_resnet test_efficientnet test_byobnet test_nfnet dm_nfnet_f0 nasnetalarge pnasnet5large
    """.split()  # noqa: SIM905 -- eighty quoted words read worse
WITH_ATTENTION = """
    halonet26t lambda_resnet26t botnet26t_256 bat_resnext26ts coat_lite_tiny cpubone_nano davit_tiny edgenext_xx_small
    efficientformer_l1 efficientformerv2_s0 efficientvim_m1 efficientvit_b0 efficientvit_m0 gcvit_xxtiny iformer_t
    levit_128s levit_conv_128s lowformer_b0 coatnet_pico_rw_224 maxvit_pico_rw_256 mobilevit_xxs mobilevitv2_050
    mobilenetv5_300m_enc mvitv2_tiny nest_tiny_jx nextvit_small pvt_v2_b0 shvit_s1 swiftformer_xs tiny_vit_5m_224
    visformer_tiny vitamin_small_224
    """.split()  # noqa: SIM905 -- as above
NETWORKS = (*WITHOUT_ATTENTION, *WITH_ATTENTION)
# Of these torch counts what is computed of constants alone too (a table of positions), which a summary leaves out.
WITH_CONSTANTS = frozenset(["edgenext_xx_small"])
